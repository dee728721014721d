//! The reference world in another size: for measuring.

use std::str::FromStr;

use super::documents::numbered;
use crate::sandbox::World;
use crate::sandbox::logs::LogGroup;

/// Where the functions are that are copied, and the documents.
const FUNCTIONS: &str = "eu-west-1";
const DOCUMENTS: &str = "us-east-1";
/// What new functions are like.
const MODEL: &str = "telemetry-aggregator";

/// How much of something the seeded world has. Read from text: `functions=1000,log-groups=10000,documents=200,objects=10000`,
/// each of them if it is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Functions in the region that they are copied from. At least those that the seeded world has.
    pub functions: usize,
    /// Documents in the region that they are copied from; likewise.
    pub documents: usize,
    /// Log groups in the target, without a retention.
    pub log_groups: usize,
    /// Objects in `supertokens-ssl`, which all regions get.
    pub objects: usize,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut size = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let known = "functions, log-groups, documents, objects";
            let (name, number) = part.split_once('=').ok_or(format!("`{part}` has no `=`"))?;
            let of = match name.trim() {
                "functions" => &mut size.functions,
                "documents" => &mut size.documents,
                "log-groups" => &mut size.log_groups,
                "objects" => &mut size.objects,
                other => return Err(format!("`{other}` is none of {known}")),
            };
            *of = number.trim().parse().map_err(|_| format!("`{number}` is not a number"))?;
        }
        Ok(size)
    }
}

impl World {
    /// Lets the seeded world grow to this size: `target` is the region that is to be opened.
    pub fn grow(&mut self, size: Size, target: &str) {
        if let Some(there) = self.lambda.regions.get_mut(FUNCTIONS)
            && let Some(model) = there.functions.get(MODEL).cloned()
        {
            for number in 0..size.functions.saturating_sub(there.functions.len()) {
                there.functions.insert(format!("function-{number:05}"), model.clone());
            }
        }
        if let Some(there) = self.ssm.regions.get_mut(DOCUMENTS) {
            for number in 0..size.documents.saturating_sub(there.documents.len()) {
                there.documents.insert(format!("Maintenance-{number:05}"), numbered(number));
            }
        }
        for number in 0..size.log_groups {
            let name = format!("/supertokens/core/{number:05}");
            let arn = format!("arn:aws:logs:{target}:{}:log-group:{name}", self.account);
            self.logs.groups.insert(arn, LogGroup::default());
        }
        if size.objects > 0 {
            self.add_certificates(size.objects);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::seed::seeded;

    #[test]
    fn a_size_is_read_from_text_and_mistakes_are_told() {
        let size = "functions=1000, log-groups=10000,documents=200,objects=7".parse();
        assert_eq!(size, Ok(Size { functions: 1000, documents: 200, log_groups: 10_000, objects: 7 }));
        assert_eq!("".parse(), Ok(Size::default()));
        for (text, told) in [("functions", "no `=`"), ("trees=1", "none of"), ("documents=x", "not a number")]
        {
            let error = text.parse::<Size>().unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn a_world_grows_to_its_size_and_keeps_what_it_had() {
        let mut world = seeded();
        world.grow("functions=50,documents=20,log-groups=30,objects=40".parse().unwrap(), "ap-south-1");
        assert_eq!(world.lambda.regions["eu-west-1"].functions.len(), 50);
        assert!(world.lambda.regions["eu-west-1"].functions.contains_key("telemetry-aggregator"));
        assert_eq!(world.ssm.regions["us-east-1"].documents.len(), 20);
        assert_eq!(world.logs.groups.keys().filter(|arn| arn.contains(":ap-south-1:")).count(), 30);
        assert_eq!(world.s3.buckets["supertokens-ssl"].objects.count(), 40);
    }
}
