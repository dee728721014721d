use supertokens_region::sandbox::ec2::KeyPair;
use supertokens_region::{Aws, Error, Opening, Outcome, Region, Sandbox, World, key_pair};

use super::{BehindItsBack, R, apply, assert_same, assert_settled, converges, plan};
use crate::line::strip;

/// Made for these tests; nobody has their private halves.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJhmWXJKG0BVNyCd5aHI4wz6jpz7JWs/AJ2Ogw9kRoCj";
const ANOTHER: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJuQ7nz1LZdrM/i3emG2X6eHTyIzEX+IxlIH+Mhn2Gz4";

fn wanted() -> Region {
    let mut region = Region::new(R);
    region.add(key_pair("team", &format!("{KEY} team@example.com")).tag("a", "1"));
    region
}

fn pair(world: &mut World) -> &mut KeyPair {
    world.ec2.regions.get_mut(R).unwrap().key_pairs.values_mut().next().unwrap()
}

#[tokio::test]
async fn key_pairs_converge() {
    let address = "key_pair/team";
    let changes =
        [BehindItsBack { address, field: "tags.a", change: |world| _ = pair(world).tags.remove("a") }];
    let sandbox = Sandbox::new(World::default());
    converges(&sandbox, &wanted(), &changes).await;
    assert_eq!(pair(&mut sandbox.world()).public_key, KEY);
}

#[tokio::test]
async fn another_key_is_shown_and_refused_and_left_alone() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &wanted()).await;
    ANOTHER.clone_into(&mut pair(&mut sandbox.world()).public_key);
    pair(&mut sandbox.world()).tags.clear();
    let before = pair(&mut sandbox.world()).clone();
    let opening = Opening::discover(&wanted(), &Aws::sandbox(&sandbox)).await.unwrap();
    let step = &opening.plan().steps[0];
    let fields: Vec<_> = step.changes.iter().map(|change| change.field.as_str()).collect();
    assert_eq!(fields, ["public_key", "tags.a"]);
    assert_eq!(step.findings[0].rule, "other-key");
    assert!(!opening.verify().holds());
    insta::assert_snapshot!(strip(&opening.plan().text()));
    let report = opening.apply(|_| ()).await.unwrap();
    let Outcome::Failed { error: Error::Conflict { message, .. }, hint: Some(_) } =
        &report.results[0].outcome
    else {
        panic!("{report:?}")
    };
    assert_eq!(*message, step.findings[0].message);
    assert!(!message.contains("AAAA"), "{message}");
    assert_eq!(*pair(&mut sandbox.world()), before);
}

#[tokio::test]
async fn a_key_pair_of_others_with_that_key_is_taken_and_keeps_its_tags() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &wanted()).await;
    pair(&mut sandbox.world()).tags = [("theirs".to_owned(), "x".to_owned())].into();
    apply(&sandbox, &wanted()).await;
    assert_settled(&sandbox, &wanted()).await;
    assert_eq!(pair(&mut sandbox.world()).tags["theirs"], "x");
}

#[tokio::test]
async fn a_key_pair_that_somebody_imports_meanwhile_is_taken_if_it_has_that_key() {
    for (key, taken) in [(KEY, true), (ANOTHER, false)] {
        let sandbox = Sandbox::new(World::default());
        let opening = Opening::discover(&wanted(), &Aws::sandbox(&sandbox)).await.unwrap();
        let mut theirs = Region::new(R);
        theirs.add(key_pair("team", key));
        apply(&sandbox, &theirs).await;
        assert_eq!(!opening.apply(|_| ()).await.unwrap().failed(), taken);
        assert_eq!(pair(&mut sandbox.world()).tags.contains_key("a"), taken);
    }
}

#[tokio::test]
async fn each_region_has_key_pairs_of_its_own() {
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &wanted()).await;
    let mut elsewhere = Region::new("eu-west-1");
    elsewhere.add(key_pair("team", ANOTHER));
    assert!(plan(&sandbox, &elsewhere).await.has_changes());
    apply(&sandbox, &elsewhere).await;
    assert_settled(&sandbox, &wanted()).await;
}

#[test]
fn a_script_makes_the_same_key_pair() {
    let script = format!(r#"region.add(key_pair("team", "{KEY}").tag("a", "1"));"#);
    assert_same(&script, &wanted());
}
