//! VPC flow logs: who talked to whom in a VPC, kept in a bucket.

mod bucket_policy;
mod told;

use serde::{Deserialize, Serialize};

use aws_sdk_ec2::operation::create_flow_logs::CreateFlowLogsOutput;
use aws_sdk_ec2::types as sdk;

use super::{Bucket, Vpc, ec2};
use crate::address::{Address, Ref};
use crate::aws::Aws;
use crate::error::{Error, Refusal};
use crate::kind::{Cx, Invalid, Kind, Live, all_failed};
use crate::tags::{self, Tags};

/// A flow log of a VPC, delivered to a bucket. Made with [`flow_log`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlowLog {
    vpc: Ref<Vpc>,
    bucket: Ref<Bucket>,
    folder: String,
    traffic: Traffic,
    aggregation_secs: i64,
    #[serde(skip_serializing_if = "Tags::is_empty", default)]
    tags: Tags,
}

/// Which traffic is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Traffic {
    /// All of it.
    All,
    /// What security groups and network ACLs let through.
    Accept,
    /// What they keep out.
    Reject,
}

/// A flow log of this VPC in this folder of this bucket; `""` is the whole bucket. The bucket must let AWS deliver there:
/// see [`Bucket::receives_flow_logs`]. AWS can't change a flow log, so that one with another interval or format is told and
/// stays, and one that logs other traffic, or to elsewhere, is another flow log.
#[must_use]
pub fn flow_log(vpc: Ref<Vpc>, bucket: Ref<Bucket>, folder: &str) -> FlowLog {
    FlowLog {
        vpc,
        bucket,
        folder: folder.trim_matches('/').to_owned(),
        traffic: Traffic::All,
        aggregation_secs: 600,
        tags: Tags::new(),
    }
}

impl FlowLog {
    /// Which traffic is logged. Default: all of it.
    #[must_use]
    pub fn traffic(mut self, traffic: Traffic) -> Self {
        self.traffic = traffic;
        self
    }

    /// Seconds of traffic in one line at the most: 60 or 600. Default: 600, AWS's own.
    #[must_use]
    pub fn aggregation_secs(mut self, secs: i64) -> Self {
        self.aggregation_secs = secs;
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
        words.value::<Traffic>("Traffic");
        words.constant("All", Traffic::All);
        words.constant("Accept", Traffic::Accept);
        words.constant("Reject", Traffic::Reject);
        words.kind::<Self>("FlowLog");
        words.word("flow_log", flow_log);
        words.word("traffic", Self::traffic);
        words.word("aggregation_secs", Self::aggregation_secs);
        words.word("tag", Self::tag);
    }
}

impl Kind for FlowLog {
    const WORD: &'static str = "flow_log";
    const READS_AFTER: &'static [&'static str] = &[Vpc::WORD];

    /// `default/supertokens-s3-access-logs-ap-south-1/vpc-flow-logs`.
    fn name(&self) -> String {
        format!("{}/{}", self.vpc.name(), self.path())
    }

    fn needs(&self) -> Vec<Address> {
        vec![self.vpc.address(), self.bucket.address()]
    }

    fn check(&self) -> Vec<Invalid> {
        let mut invalid = tags::check(&self.tags);
        if ![60, 600].contains(&self.aggregation_secs) {
            let text = format!("an interval of {} seconds is not one that EC2 takes", self.aggregation_secs);
            invalid.push(Invalid::new(text).hint("60 or 600"));
        }
        let is_plain = |part: &str| !part.is_empty() && part != "AWSLogs";
        if !self.folder.is_empty() && !self.folder.split('/').all(is_plain) {
            let text = format!("`{}` is not a folder that EC2 takes", self.folder);
            invalid.push(Invalid::new(text).hint("names with `/` between them, none of them `AWSLogs`"));
        }
        invalid
    }

    async fn ahead(aws: &Aws, region: &str) {
        let _ = aws.list::<ec2::FlowLogs>(region).await;
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        let there = match cx.aws.list::<ec2::FlowLogs>(cx.region).await {
            Ok(there) => there,
            Err(error) => return all_failed(wanted, &error),
        };
        wanted.iter().map(|log| log.told(&there, cx)).collect()
    }

    async fn apply(&self, live: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        let live = match live {
            Some(live) => live.clone(),
            None => self.ensure(cx).await?,
        };
        ec2::tag(&live.id, &self.tags, &live.is.tags, cx).await?;
        Ok(live.id)
    }
}

/// How many client tokens are tried: AWS remembers those of flow logs that were deleted.
const TRIES: usize = 5;

impl FlowLog {
    /// The bucket's name and the folder.
    fn path(&self) -> String {
        format!("{}/{}", self.bucket.name(), self.folder).trim_end_matches('/').to_owned()
    }

    async fn look(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>, Error> {
        self.told(&*cx.aws.list::<ec2::FlowLogs>(cx.region).await?, cx)
    }

    /// Makes the flow log unless there is one. Looks afterwards, too: to the token of a flow log that was deleted AWS says
    /// that all is well, and makes none.
    async fn ensure(&self, cx: &Cx<'_>) -> Result<Live<Self>, Error> {
        let mut made = None;
        let mut last = Error::Conflict {
            message: "AWS says that the flow log was made, and doesn't list it".to_owned(),
            hint: "run again in some minutes".to_owned(),
        };
        for number in 1..=TRIES {
            if (number > 1 || !cx.aws.looked_lately())
                && let Some(live) = self.look(cx).await?
            {
                return Ok(live);
            }
            let before = bucket_policy::read(&self.bucket, cx).await?;
            let answer = self.create(number, cx).await;
            bucket_policy::restore(&self.bucket, before, cx).await?;
            match (answer, made) {
                (Ok(id), _) => made = Some(id),
                // It was made a moment ago, and is not listed yet.
                (Err(error), Some(id)) if is_there_already(&error) => return Ok(Live::new(self.clone(), id)),
                (Err(error), None) if is_there_already(&error) => (last, made) = (error, None),
                (Err(error), _) => return Err(error),
            }
        }
        Err(last)
    }

    async fn create(&self, number: usize, cx: &Cx<'_>) -> Result<String, Error> {
        let vpc = cx.ids.id(&self.vpc)?;
        let create = cx.aws.ec2(cx.region).create_flow_logs();
        let answer = create
            .resource_type(sdk::FlowLogsResourceType::Vpc)
            .traffic_type(sdk::TrafficType::from(self.traffic))
            .log_destination_type(sdk::LogDestinationType::S3)
            .log_destination(cx.arn("s3", "", &format!("{}/", self.path())))
            .max_aggregation_interval(if self.aggregation_secs == 60 { 60 } else { 600 })
            .client_token(ec2::token(&(&vpc, self), number))
            .set_tag_specifications(ec2::at_creation(sdk::ResourceType::VpcFlowLog, &self.tags))
            .resource_ids(vpc)
            .send()
            .await?;
        match failure(&answer, cx.region) {
            Some(error) => Err(error),
            None => Ok(answer.flow_log_ids().first().cloned().unwrap_or_default()),
        }
    }
}

/// An answer that is no error may still say that nothing was made.
fn failure(answer: &CreateFlowLogsOutput, region: &str) -> Option<Error> {
    let error = answer.unsuccessful().first()?.error();
    let refusal = Refusal {
        operation: "ec2:CreateFlowLogs".to_owned(),
        region: region.to_owned(),
        code: error.and_then(|error| error.code()).unwrap_or_default().to_owned(),
        message: error.and_then(|error| error.message()).unwrap_or_default().to_owned(),
        ..Refusal::default()
    };
    Some(Error::Refused(Box::new(refusal)))
}

fn is_there_already(error: &Error) -> bool {
    match error {
        Error::Refused(refusal) => {
            refusal.code == "FlowLogAlreadyExists" || refusal.message.contains("existing Flow Log")
        }
        _ => false,
    }
}

impl From<Traffic> for sdk::TrafficType {
    fn from(traffic: Traffic) -> Self {
        match traffic {
            Traffic::All => Self::All,
            Traffic::Accept => Self::Accept,
            Traffic::Reject => Self::Reject,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(folder: &str) -> FlowLog {
        flow_log(Ref::new("default"), Ref::new("logs"), folder)
    }

    #[test]
    fn intervals_and_folders_that_ec2_refuses_are_told() {
        for (log, wrong) in [
            (log("vpc-flow-logs"), 0),
            (log("/a/b/").aggregation_secs(60), 0),
            (log(""), 0),
            (log("a").aggregation_secs(300), 1),
            (log("a/AWSLogs"), 1),
            (log("a//b"), 1),
        ] {
            assert_eq!(log.check().len(), wrong, "{log:?}");
        }
    }

    #[test]
    fn the_name_is_of_the_vpc_the_bucket_and_the_folder() {
        assert_eq!(log("/a/b/").name(), "default/logs/a/b");
        assert_eq!(log("").name(), "default/logs");
    }

    #[test]
    fn an_answer_may_say_that_nothing_was_made() {
        let error = |text: &str| sdk::UnsuccessfulItemError::builder().code("400").message(text).build();
        let item =
            |text: &str| sdk::UnsuccessfulItem::builder().resource_id("vpc-1").error(error(text)).build();
        let answer = |text| CreateFlowLogsOutput::builder().unsuccessful(item(text)).build();
        let denied = failure(&answer("Access Denied for LogDestination"), "ap-south-1").unwrap();
        let told = "`ec2:CreateFlowLogs` in ap-south-1: 400: Access Denied for LogDestination";
        assert_eq!((denied.to_string().as_str(), is_there_already(&denied)), (told, false));
        let twin = answer("There is an existing Flow Log with the same configuration and log destination.");
        assert!(is_there_already(&failure(&twin, "ap-south-1").unwrap()));
        assert_eq!(
            failure(&CreateFlowLogsOutput::builder().flow_log_ids("fl-1").build(), "ap-south-1"),
            None
        );
    }
}
