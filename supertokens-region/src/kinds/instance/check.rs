//! What AWS would reject of an instance.

use super::Instance;
use super::disk::TYPES;
use super::there::bytes;
use crate::kind::Invalid;
use crate::tags;

/// How many groups an instance may be in.
const GROUPS: usize = 5;
/// The longest user data, in bytes.
const USER_DATA: usize = 16 * 1024;

pub(super) fn check(instance: &Instance) -> Vec<Invalid> {
    let mut invalid = tags::check(&instance.tags);
    let mut tell = |text: String, hint: &str| invalid.push(Invalid::new(text).hint(hint));
    let name = &instance.name;
    if name.is_empty() || name.chars().count() > 255 || name.trim() != name {
        tell(format!("`{name}` is not a name for an instance"), "1-255 characters, no blanks at the ends");
    }
    if instance.tags.contains_key("Name") {
        tell("the tag `Name` is its name already".to_owned(), "leave that tag out");
    }
    match &instance.image {
        None => {
            tell("it has no image".to_owned(), "say which with `image(name)` or `image_from(name, region)`")
        }
        Some(image) if image.name.is_empty() || image.owner.is_empty() => {
            tell(
                "its image has no name or no owner".to_owned(),
                "name both: an owner is `amazon` or an account",
            );
        }
        Some(_) => {}
    }
    let of_type = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    let kind = &instance.instance_type;
    if kind.split('.').count() != 2 || !kind.chars().all(of_type) || kind.split('.').any(str::is_empty) {
        tell(format!("`{kind}` is not a type of instances"), "such as `t3.medium`");
    }
    if instance.vpc.is_none() {
        tell("it has no VPC".to_owned(), "say which with `in_vpc`");
    }
    if let Some(zone) = instance.zone.filter(|zone| !(1..=26).contains(zone)) {
        tell(format!("{zone} is not the number of a zone"), "they are counted from 1");
    }
    if instance.groups.len() > GROUPS {
        let text = format!("it is in {} groups, where EC2 takes {GROUPS}", instance.groups.len());
        tell(text, "put rules of several groups into one");
    }
    if let Some(profile) = &instance.profile {
        let plain = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
        if profile.is_empty() || profile.len() > 128 || !profile.chars().all(plain) {
            tell(format!("`{profile}` is not an instance profile's name"), "its name, not its ARN");
        }
    }
    if let Some(size) = instance.user_data.as_ref().and_then(bytes).map(|data| data.len())
        && size > USER_DATA
    {
        let text = format!("the user data have {size} bytes, where EC2 takes {USER_DATA}");
        tell(text, "let them fetch the rest, from a bucket for example");
    }
    if let Some(hops) = instance.metadata.hop_limit.filter(|hops| !(1..=64).contains(hops)) {
        tell(format!("{hops} is not a number of hops"), "1-64");
    }
    for (device, disk) in &instance.disks {
        match TYPES.iter().find(|(kind, ..)| *kind == disk.volume_type) {
            None => {
                let known: Vec<&str> = TYPES.iter().map(|(kind, ..)| *kind).collect();
                let text = format!("`{}` is not a type of disks", disk.volume_type);
                tell(text, &format!("one of {}", known.join(", ")));
            }
            Some((kind, least, most)) if !(*least..=*most).contains(&disk.size_gib) => {
                let text = format!("a disk of type `{kind}` can't have {} GiB", disk.size_gib);
                tell(text, &format!("{least}-{most}"));
            }
            Some(_) => {}
        }
        if !device.starts_with("/dev/") && !device.starts_with("xvd") {
            tell(format!("`{device}` is not a device"), "such as `/dev/xvda`");
        }
    }
    invalid
}

#[cfg(test)]
mod tests {
    use super::super::instance;
    use super::*;
    use crate::address::Ref;

    fn dev() -> Instance {
        instance("dev").image("dev").instance_type("t3.medium").in_vpc(Ref::new("default"))
    }

    #[test]
    fn what_ec2_refuses_is_told() {
        assert_eq!(check(&dev().zone(2).profile("dev").user_data("#!").disk("/dev/xvda", 30, "gp3")), []);
        for (instance, told) in [
            (instance("dev").instance_type("t3.medium").in_vpc(Ref::new("default")), "no image"),
            (instance("dev").image("dev").instance_type("t3.medium"), "no VPC"),
            (dev().image_of("a", ""), "owner"),
            (dev().instance_type("t3"), "`t3` is not a type of instances"),
            (Instance { name: String::new(), ..dev() }, "not a name"),
            (dev().tag("Name", "x"), "the tag `Name`"),
            (dev().zone(0), "0 is not the number of a zone"),
            (dev().profile("arn:aws:iam::1:instance-profile/dev"), "instance profile"),
            (dev().user_data(&"x".repeat(16 * 1024 + 1)), "the user data have 16385 bytes"),
            (dev().hop_limit(65), "hops"),
            (dev().disk("/dev/xvda", 0, "gp3"), "0 GiB"),
            (dev().disk("/dev/xvda", 8, "ssd"), "`ssd` is not a type of disks"),
            (dev().disk("root", 8, "gp3"), "`root` is not a device"),
            (["a", "b", "c", "d", "e", "f"].into_iter().fold(dev(), Instance::group_named), "6 groups"),
        ] {
            let all: Vec<_> = check(&instance).into_iter().map(|invalid| invalid.message).collect();
            assert!(all.len() == 1 && all[0].contains(told), "{told}: {all:?}");
        }
    }
}
