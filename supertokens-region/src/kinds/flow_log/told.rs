//! The flow logs that are there.

use aws_sdk_ec2::types as sdk;

use super::FlowLog;
use super::ec2::{self, FlowLogs};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::{Cx, Live};

/// AWS's format where none is given.
const FORMAT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} \
    ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

impl FlowLog {
    /// This flow log as it is there: of the same VPC and traffic, to the same place.
    pub(super) fn told(&self, there: &FlowLogs, cx: &Cx<'_>) -> Result<Option<Live<Self>>, Error> {
        let (vpc, place) = (cx.ids.id(&self.vpc)?, cx.arn("s3", "", &self.path()));
        let mut same: Vec<_> = there.0.iter().filter(|log| self.is_it(log, &vpc, &place)).collect();
        same.sort_by_key(|log| (!is_active(log), log.flow_log_id()));
        let Some(log) = same.first() else { return Ok(None) };
        // All but the tags can't be changed: what differs is told below instead of planned.
        let is = Self { tags: ec2::told(log.tags()), ..self.clone() };
        let mut live = Live::new(is, log.flow_log_id().unwrap_or_default());
        live.findings.extend(health(log));
        live.findings.extend(self.differences(log));
        if let [_, others @ ..] = &same[..]
            && !others.is_empty()
        {
            let ids: Vec<_> = others.iter().filter_map(|log| log.flow_log_id()).collect();
            let text = format!("there are more of them, and each is paid for: `{}`", ids.join("`, `"));
            live.findings.push(Finding::warning("second-flow-log", text).hint("delete all but one"));
        }
        Ok(Some(live))
    }

    fn is_it(&self, log: &sdk::FlowLog, vpc: &str, place: &str) -> bool {
        log.resource_id() == Some(vpc)
            && log.log_destination_type() == Some(&sdk::LogDestinationType::S3)
            && log.traffic_type() == Some(&self.traffic.into())
            && log.log_destination().is_some_and(|there| there.trim_end_matches('/') == place)
    }

    /// What of it is not as wanted, or as AWS makes it.
    fn differences(&self, log: &sdk::FlowLog) -> Vec<Finding> {
        let hint = "AWS can't change it: delete the flow log, and run again";
        let mut findings = vec![];
        // AWS leaves the interval out where it is its default.
        let interval = log.max_aggregation_interval().map_or(600, i64::from);
        if interval != self.aggregation_secs {
            let text = format!("its interval is {interval} seconds, not {}", self.aggregation_secs);
            findings.push(Finding::warning("other-interval", text).hint(hint));
        }
        let options = log.destination_options();
        let file =
            options.and_then(|options| options.file_format()).map_or("plain-text", |file| file.as_str());
        let is_default = log.log_format().is_none_or(|format| format == FORMAT) && file == "plain-text";
        if !is_default {
            let format = log.log_format().unwrap_or(FORMAT);
            findings
                .push(Finding::info("other-format", format!("its format is {file}: `{format}`")).hint(hint));
        }
        findings
    }
}

fn is_active(log: &sdk::FlowLog) -> bool {
    log.flow_log_status() == Some("ACTIVE")
}

/// Whether its logs arrive.
fn health(log: &sdk::FlowLog) -> Vec<Finding> {
    let mut findings = vec![];
    if !is_active(log) {
        let text = format!("it is {}, not ACTIVE", log.flow_log_status().unwrap_or("in no state"));
        findings.push(Finding::error("not-active", text).hint("look at it in the VPC console"));
    }
    if log.deliver_logs_status() == Some("FAILED") {
        let why = log.deliver_logs_error_message().unwrap_or("AWS doesn't say why");
        findings.push(
            Finding::error("delivery-failed", format!("its logs don't arrive: {why}"))
                .hint("look whether the bucket's policy and key let delivery.logs.amazonaws.com write"),
        );
    }
    findings
}
