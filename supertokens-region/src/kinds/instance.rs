//! EC2 instances: started once, found by their `Name` tag. What AWS can change while they run is kept as wanted; all else
//! that differs is told.

mod check;
mod disk;
mod image;
mod listed;
mod making;
mod preflight;
mod there;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::disk::Disk;
use self::image::Image;
use self::there::{Member, Metadata};
use super::{KeyPair, SecurityGroup, Vpc, ec2};
use crate::address::{Address, Ref};
use crate::error::Error;
use crate::findings::Finding;
use crate::ids::Stage;
use crate::kind::{Cx, Invalid, Kind, Live, all_failed};
use crate::secret::Secret;
use crate::tags::Tags;

/// An EC2 instance. Made with [`instance`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<Image>,
    instance_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc: Option<Ref<Vpc>>,
    /// Which of the zones that the VPC has subnets in, in alphabetical order, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<i64>,
    /// By name: others may put it into further groups.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    groups: BTreeMap<String, Member>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_pair: Option<Ref<KeyPair>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    /// In base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_data: Option<Secret>,
    /// By device.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    disks: BTreeMap<String, Disk>,
    metadata: Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    monitoring: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    termination_protection: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Tags::is_empty", default)]
    tags: Tags,
}

/// The state of an instance that is there and at work.
const RUNNING: &str = "running";

/// An instance with this `Name` tag, up to 255 characters. It needs an image, an [`Instance::instance_type`] and an
/// [`Instance::in_vpc`]. It is started once: one that is stopped stays so, and is told.
///
/// Its metadata are told only to who fetches a token first (IMDSv2).
#[must_use]
pub fn instance(name: &str) -> Instance {
    Instance {
        name: name.to_owned(),
        image: None,
        instance_type: String::new(),
        vpc: None,
        zone: None,
        groups: BTreeMap::new(),
        key_pair: None,
        profile: None,
        user_data: None,
        disks: BTreeMap::new(),
        metadata: Metadata { tokens: "required".to_owned(), hop_limit: None },
        monitoring: None,
        termination_protection: None,
        state: None,
        tags: Tags::new(),
    }
}

impl Instance {
    /// The same with another name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Its type, such as `t3.medium`.
    #[must_use]
    pub fn instance_type(mut self, name: &str) -> Self {
        name.clone_into(&mut self.instance_type);
        self
    }

    /// The account's own image of this name in the region; of several the newest.
    #[must_use]
    pub fn image(mut self, name: &str) -> Self {
        self.image = Some(Image::own(name, None));
        self
    }

    /// The image of this name that somebody else publishes: `amazon`, or an account of 12 digits. Where the region doesn't
    /// have it, the newest that is named alike but for its date.
    #[must_use]
    pub fn image_of(mut self, name: &str, owner: &str) -> Self {
        self.image = Some(Image::of(name, owner));
        self
    }

    /// The account's own image of this name, copied from this region where there is none yet.
    #[must_use]
    pub fn image_from(mut self, name: &str, region: &str) -> Self {
        self.image = Some(Image::own(name, Some(region)));
        self
    }

    /// The VPC that it is in.
    #[must_use]
    pub fn in_vpc(mut self, vpc: Ref<Vpc>) -> Self {
        self.vpc = Some(vpc);
        self
    }

    /// The zone to be in: of those that the VPC has subnets in, in alphabetical order, counted from 1. Default, and where it
    /// doesn't have the type: the first one that does.
    #[must_use]
    pub fn zone(mut self, number: i64) -> Self {
        self.zone = Some(number);
        self
    }

    /// Puts it into this security group; five at the most. Default: the VPC's `default`. Groups that it is in stay.
    #[must_use]
    pub fn group(self, group: Ref<SecurityGroup>) -> Self {
        self.group_named(group.name())
    }

    /// Puts it into the security group of this name, which may be there already.
    #[must_use]
    pub fn group_named(mut self, name: &str) -> Self {
        self.groups.insert(name.to_owned(), Member::Member);
        self
    }

    /// The key pair by which people get in.
    #[must_use]
    pub fn key_pair(mut self, pair: Ref<KeyPair>) -> Self {
        self.key_pair = Some(pair);
        self
    }

    /// The key pair of this name, which may be there already.
    #[must_use]
    pub fn key_pair_named(self, name: &str) -> Self {
        self.key_pair(Ref::new(name))
    }

    /// The instance profile of this name, which is there: IAM has no regions. Who applies this needs `iam:PassRole` for its
    /// role.
    #[must_use]
    pub fn profile(mut self, name: &str) -> Self {
        self.profile = Some(name.to_owned());
        self
    }

    /// What it is given at its first start, up to 16 KB: a script that begins with `#!`, or another text that cloud-init knows.
    /// Shown nowhere; plans have a hash.
    #[must_use]
    pub fn user_data(mut self, text: &str) -> Self {
        self.user_data = Some(there::encoded(text));
        self
    }

    /// Its disk at this device, such as `/dev/xvda`, has this many GiB and is of this type: `gp3`, `gp2` ... It is encrypted
    /// with the region's own key, and goes with the instance. Default: the disks of the image, as they are.
    #[must_use]
    pub fn disk(mut self, device: &str, size_gib: i64, volume_type: &str) -> Self {
        self.disks.insert(device.to_owned(), Disk::new(size_gib, volume_type));
        self
    }

    /// How many hops an answer with metadata may go, 1-64: programs in containers need 2. Default: as it is, for a new one 1.
    #[must_use]
    pub fn hop_limit(mut self, hops: i64) -> Self {
        self.metadata.hop_limit = Some(hops);
        self
    }

    /// Whether CloudWatch hears of it each minute rather than every five, which costs something. Default: as it is.
    #[must_use]
    pub fn monitoring(mut self, on: bool) -> Self {
        self.monitoring = Some(on);
        self
    }

    /// Whether nobody can terminate it without turning this off first. Default: as it is.
    #[must_use]
    pub fn termination_protection(mut self, on: bool) -> Self {
        self.termination_protection = Some(on);
        self
    }

    /// Starts it where it is stopped.
    #[must_use]
    pub fn running(mut self) -> Self {
        self.state = Some(RUNNING.to_owned());
        self
    }

    /// Adds a tag; other tags stay.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    #[cfg(feature = "rhai")]
    pub(crate) fn words(words: &mut crate::script::Words) {
        words.kind::<Self>("Instance");
        words.word("instance", instance);
        words.word("named", Self::named);
        words.word("instance_type", Self::instance_type);
        words.word("image", Self::image);
        words.word("image", Self::image_of);
        words.word("image_from", Self::image_from);
        words.word("in_vpc", Self::in_vpc);
        words.word("zone", Self::zone);
        words.word("group", Self::group);
        words.word("group", Self::group_named);
        words.word("key_pair", Self::key_pair);
        words.word("key_pair", Self::key_pair_named);
        words.word("profile", Self::profile);
        words.word("user_data", Self::user_data);
        words.word("disk", Self::disk);
        words.word("hop_limit", Self::hop_limit);
        words.word("monitoring", Self::monitoring);
        words.word("termination_protection", Self::termination_protection);
        words.word("running", Self::running);
        words.word("tag", Self::tag);
    }
}

impl Kind for Instance {
    const WORD: &'static str = "instance";
    const READS_AFTER: &'static [&'static str] = &[Vpc::WORD];

    fn name(&self) -> String {
        self.name.clone()
    }

    fn needs(&self) -> Vec<Address> {
        self.vpc.iter().map(Ref::address).collect()
    }

    /// They may be there without anybody wanting them here.
    fn after(&self) -> Vec<Address> {
        let groups = self.groups.keys().map(|name| Address::new(SecurityGroup::WORD, name));
        groups.chain(self.key_pair.iter().map(Ref::address)).collect()
    }

    /// Its image is found, and copied, meanwhile.
    fn awaits(&self) -> Vec<Address> {
        self.after()
    }

    fn check(&self) -> Vec<Invalid> {
        check::check(self)
    }

    async fn preflight(missing: &[Self], cx: &Cx<'_>) -> Result<Vec<Vec<Finding>>, Error> {
        preflight::preflight(missing, cx).await
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        there::read(wanted, cx).await.unwrap_or_else(|error| all_failed(wanted, &error))
    }

    async fn apply(&self, live: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        let live = match live {
            Some(live) => live.clone(),
            None => self.ensure(cx).await?,
        };
        cx.reached(&self.after(), Stage::Done).await?;
        self.change(&live, cx).await?;
        ec2::tag(&live.id, &self.tags, &live.is.tags, cx).await?;
        Ok(live.id)
    }
}
