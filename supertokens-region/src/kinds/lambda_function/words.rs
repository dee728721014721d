//! The setters, which are the words of scripts.

use super::{
    Alias, Bucket, LATEST, LambdaFunction, Layer, Logging, Network, PUBLISHED, Package, Permission, Ref,
    Secret, Topic, Url, Vpc,
};

impl LambdaFunction {
    /// Another name. What is elsewhere under the old one stays.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// The package, a zip file. Packages of a reference's functions are downloaded when they are needed.
    #[must_use]
    pub fn zip(mut self, bytes: Vec<u8>) -> Self {
        self.code = Some(Package::bytes(bytes));
        self
    }

    /// What runs the code: `nodejs22.x`, `python3.13` ... AWS makes no new functions with those that are out of support.
    #[must_use]
    pub fn runtime(mut self, runtime: &str) -> Self {
        self.runtime = Some(runtime.to_owned());
        self
    }

    /// Where the code is entered, such as `index.handler`.
    #[must_use]
    pub fn handler(mut self, handler: &str) -> Self {
        self.handler = Some(handler.to_owned());
        self
    }

    /// The role that it runs as: the name, with the path before it if it has one (`service-role/name`). It must be there.
    #[must_use]
    pub fn role(mut self, name: &str) -> Self {
        self.role = Some(name.trim_start_matches('/').to_owned());
        self
    }

    /// What it is for, up to 256 characters. Default: as it is.
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        self.description = Some(text.to_owned());
        self
    }

    /// Seconds that a run may take, 1-900. Default: as it is, for a new one 3.
    #[must_use]
    pub fn timeout_secs(mut self, seconds: i64) -> Self {
        self.timeout_secs = Some(seconds);
        self
    }

    /// Mebibytes of memory, 128-10240; the CPU grows with them. Default: as it is, for a new one 128.
    #[must_use]
    pub fn memory_mib(mut self, mebibytes: i64) -> Self {
        self.memory_mib = Some(mebibytes);
        self
    }

    /// Mebibytes of `/tmp`, 512-10240. Default: as it is, for a new one 512.
    #[must_use]
    pub fn ephemeral_storage_mib(mut self, mebibytes: i64) -> Self {
        self.ephemeral_storage_mib = Some(mebibytes);
        self
    }

    /// `x86_64` or `arm64`. Default: as it is, for a new one `x86_64`.
    #[must_use]
    pub fn architecture(mut self, architecture: &str) -> Self {
        self.architecture = Some(architecture.to_owned());
        self
    }

    /// `Active`: a sample of runs is traced with X-Ray. `PassThrough`, the default: those that are traced already.
    #[must_use]
    pub fn tracing(mut self, mode: &str) -> Self {
        self.tracing = Some(mode.to_owned());
        self
    }

    /// Whether published versions start from a snapshot. Default: as it is, for a new one no.
    #[must_use]
    pub fn snap_start(mut self, on: bool) -> Self {
        self.snap_start = Some(on);
        self
    }

    /// How it logs: `Text` or `JSON`. Default: as it is, for a new one `Text`.
    #[must_use]
    pub fn log_format(mut self, format: &str) -> Self {
        self.logging.get_or_insert_with(Logging::default).format = format.to_owned();
        self
    }

    /// The least level of the application's and of the system's lines that are logged; only with `JSON`.
    #[must_use]
    pub fn log_levels(mut self, application: &str, system: &str) -> Self {
        let logging = self.logging.get_or_insert_with(Logging::default);
        logging.application_level = Some(application.to_owned());
        logging.system_level = Some(system.to_owned());
        self
    }

    /// The log group. Default: `/aws/lambda/NAME`.
    #[must_use]
    pub fn log_group(mut self, name: &str) -> Self {
        self.logging.get_or_insert_with(Logging::default).group = Some(name.to_owned());
        self
    }

    /// Sets a variable; all together may have 4 KB. Its value is told by its hash alone. Variables of others stay.
    #[must_use]
    pub fn environment(mut self, key: &str, value: &str) -> Self {
        self.environment.insert(key.to_owned(), Secret::new(value));
        self
    }

    /// Adds a layer: the ARN of a version of the same region; five are the most. Layers of a reference's functions are
    /// copied with the function.
    #[must_use]
    pub fn layer(mut self, arn: &str) -> Self {
        self.layers.get_or_insert_default().push(Layer::Given(arn.to_owned()));
        self
    }

    /// The VPC in which it has its network interfaces, if it has any: in one subnet of each zone, with groups of the names
    /// that it had in the reference. A function outside of VPCs stays outside.
    #[must_use]
    pub fn in_vpc(mut self, vpc: Ref<Vpc>) -> Self {
        if let Some(network) = &mut self.network {
            network.vpc = Some(vpc);
        }
        self
    }

    /// A security group of its network interfaces, by its name in the VPC: with one it is in a VPC.
    #[must_use]
    pub fn group(mut self, name: &str) -> Self {
        let network = self.network.get_or_insert_with(Network::default);
        network.groups.push(name.to_owned());
        network.groups.sort();
        self
    }

    /// Leaves its network as it is; a new function is in no VPC.
    #[must_use]
    pub fn no_vpc(mut self) -> Self {
        self.network = None;
        self
    }

    /// Who is told of events that could not be handled.
    #[must_use]
    pub fn dead_letters(mut self, topic: Ref<Topic>) -> Self {
        self.dead_letters = Some(topic);
        self
    }

    /// Who is told when an asynchronous run of the function failed for good.
    #[must_use]
    pub fn on_failure(mut self, topic: Ref<Topic>) -> Self {
        self.asynchronous.entry(LATEST.to_owned()).or_default().on_failure = Some(topic);
        self
    }

    /// How often an asynchronous run is tried again (0-2), and for how many seconds (60-21600).
    #[must_use]
    pub fn retries(mut self, times: i64, seconds: i64) -> Self {
        let config = self.asynchronous.entry(LATEST.to_owned()).or_default();
        (config.retries, config.max_age_secs) = (Some(times), Some(seconds));
        self
    }

    /// Runs that are set aside for it; at least 100 of the region's have to be left to the others.
    #[must_use]
    pub fn reserved_concurrency(mut self, runs: i64) -> Self {
        self.reserved_concurrency = Some(runs);
        self
    }

    /// Publishes a version, unless one is the same, and has this alias lead to it.
    #[must_use]
    pub fn alias(mut self, name: &str) -> Self {
        let alias = Alias { leads_to: PUBLISHED.to_owned(), description: None };
        self.aliases.insert(name.to_owned(), alias);
        self
    }

    /// A URL of its own, or of an alias of it (`$LATEST`: the function itself): for everybody (`NONE`), or for whom IAM
    /// allows it (`AWS_IAM`).
    #[must_use]
    pub fn url(mut self, of: &str, auth: &str) -> Self {
        self.urls.insert(of.to_owned(), Url::new(auth));
        if auth == "NONE" {
            let permissions = self.permissions.entry(of.to_owned()).or_default();
            permissions.extend(Permission::public_url());
        }
        self
    }

    /// Adds a tag; other tags stay.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Packages that are too large for a call (50 MB) go through this bucket of the region, as `lambda/NAME/HASH.zip`.
    #[must_use]
    pub fn through(mut self, bucket: Ref<Bucket>) -> Self {
        self.through = Some(bucket);
        self
    }

    #[cfg(feature = "rhai")]
    pub(crate) fn words(words: &mut crate::script::Words) {
        words.kind::<Self>("LambdaFunction");
        words.word("lambda_function", super::lambda_function);
        words.word("named", Self::named);
        words.word("runtime", Self::runtime);
        words.word("handler", Self::handler);
        words.word("role", Self::role);
        words.word("description", Self::description);
        words.word("timeout_secs", Self::timeout_secs);
        words.word("memory_mib", Self::memory_mib);
        words.word("ephemeral_storage_mib", Self::ephemeral_storage_mib);
        words.word("architecture", Self::architecture);
        words.word("tracing", Self::tracing);
        words.word("snap_start", Self::snap_start);
        words.word("log_format", Self::log_format);
        words.word("log_levels", Self::log_levels);
        words.word("log_group", Self::log_group);
        words.word("environment", Self::environment);
        words.word("layer", Self::layer);
        words.word("in_vpc", Self::in_vpc);
        words.word("group", Self::group);
        words.word("no_vpc", Self::no_vpc);
        words.word("dead_letters", Self::dead_letters);
        words.word("on_failure", Self::on_failure);
        words.word("retries", Self::retries);
        words.word("reserved_concurrency", Self::reserved_concurrency);
        words.word("alias", Self::alias);
        words.word("url", Self::url);
        words.word("tag", Self::tag);
        words.word("through", Self::through);
    }
}
