//! Two operators open the same region at the same time, each with a program of their own, against one `moto`.

use supertokens_region::Aws;

use crate::judge_lambda;
use crate::moto::Moto;
use crate::second_judge::{read_back, run, seed};

const R: &str = "ap-south-1";

#[tokio::test]
async fn two_who_apply_at_once_end_in_the_world_of_one() {
    let moto = Moto::start();
    let aws = Aws::new(moto.config(R));
    judge_lambda::make_role(&aws).await;
    seed(&aws).await;
    let both = std::thread::scope(|threads| {
        let both = [(); 2].map(|()| threads.spawn(|| run(&moto, "apply", &["--yes"])));
        both.map(|one| one.join().unwrap())
    });
    for ended in &both {
        let refused = ended.err.contains(" is applying in ") || ended.err.contains(" has applied in ");
        assert!(ended.code == 0 || (ended.code == 1 && refused), "{}\n{}", ended.screen(), ended.out);
    }
    let changed = |text: &str| !text.contains("\n0 created, 0 updated");
    let who: Vec<_> = both.iter().filter(|ended| ended.code == 0 && changed(&ended.out)).collect();
    assert_eq!(who.len(), 1, "one of them did all of it");
    run(&moto, "apply", &["--yes"]).expect(0);
    read_back(&aws).await;
    let zones = aws.route53(R).list_hosted_zones().send().await.unwrap();
    let zones = zones.hosted_zones().iter().filter(|zone| zone.name() == "ap-south-1.dns.").count();
    assert_eq!(zones, 1);
}
