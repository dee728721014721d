//! The words that alarms are made of in a script.

use super::{Alarm, Metric, MissingData, Statistic, ec2_alarm, elb_alarm, lambda_alarm, rds_alarm};
use crate::address::Ref;
use crate::kinds::{LambdaFunction, RdsCluster};

impl Alarm {
    pub(crate) fn words(words: &mut crate::script::Words) {
        words.value::<Metric>("Metric");
        words.value::<Statistic>("Statistic");
        words.value::<MissingData>("MissingData");
        for metric in Metric::ALL {
            words.constant(&metric.to_string(), *metric);
        }
        for statistic in Statistic::ALL {
            words.constant(&format!("{statistic:?}"), statistic);
        }
        for counts_as in MissingData::ALL {
            words.constant(&format!("{counts_as:?}"), counts_as);
        }
        words.kind::<Self>("Alarm");
        words.word("rds_alarm", rds_alarm::<i64>);
        words.word("rds_alarm", rds_alarm::<f64>);
        words.word("lambda_alarm", lambda_alarm::<i64>);
        words.word("lambda_alarm", lambda_alarm::<f64>);
        words.word("elb_alarm", elb_alarm::<i64>);
        words.word("elb_alarm", elb_alarm::<f64>);
        words.word("ec2_alarm", ec2_alarm::<i64>);
        words.word("ec2_alarm", ec2_alarm::<f64>);
        words.word("of", |alarm: Self, what: &str| alarm.of(what));
        words.word("of", |alarm: Self, function: Ref<LambdaFunction>| alarm.of(function));
        words.word("of", |alarm: Self, cluster: Ref<RdsCluster>| alarm.of(cluster));
        words.word("as_written", Self::as_written);
        words.word("dimension", Self::dimension);
        words.word("named", Self::named);
        words.word("notify", Self::notify);
        words.word("lower", Self::lower);
        words.word("lower_or_equal", Self::lower_or_equal);
        words.word("greater", Self::greater);
        words.word("greater_or_equal", Self::greater_or_equal);
        words.word("period_secs", Self::period_secs);
        words.word("evaluation_periods", Self::evaluation_periods);
        words.word("datapoints", Self::datapoints);
        words.word("missing_data", Self::missing_data);
        words.word("description", Self::description);
        words.word("tag", Self::tag);
    }
}
