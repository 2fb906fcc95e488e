//! The same by `sallyport router plan|apply|undo NAME`.

use crate::cast::{Cast, bare};
use std::process::Output;
use tokio::process::Command;

async fn run(cast: &Cast, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_sallyport"))
        .arg("router")
        .args(arguments)
        .env_clear()
        .env("SALLYPORT_DATA_DIR", cast.folder())
        .output()
        .await
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_is_set_up_by_commands() {
    let cast = Cast::of(bare("read,write,api")).await;
    let before = cast.state();
    let (code, out, err) = run(&cast, &["plan", "hq-gw"]).await;
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("MISSING    forward: "), "{out}");
    assert!(out.contains("/ip firewall filter add chain=sallyport-out"), "{out}");
    assert!(out.contains("hooks (optional): "), "{out}");
    assert_eq!(cast.sim.writes(), 0);

    let (code, out, err) = run(&cast, &["apply", "hq-gw", "--only", "forward", "--only", "ban"]).await;
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(out.matches("APPLIED").count(), 2, "{out}");
    let (code, out, err) = run(&cast, &["apply", "hq-gw"]).await;
    assert_eq!(code, Some(0), "{out}{err}");
    let writes = cast.sim.writes();
    let (code, out, _) = run(&cast, &["apply", "hq-gw"]).await;
    assert_eq!((code, out.matches("APPLIED").count()), (Some(0), 0), "{out}");
    assert_eq!(cast.sim.writes(), writes);

    let (code, out, err) = run(&cast, &["undo", "hq-gw"]).await;
    assert_eq!(code, Some(0), "{out}{err}");
    assert_eq!(cast.state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_is_said_and_told_by_the_exit_code() {
    let cast = Cast::of(bare("read,api")).await;
    let (code, _, err) = run(&cast, &["plan", "nobody"]).await;
    assert_eq!(code, Some(1));
    assert!(err.contains("no router is called nobody"), "{err}");
    let (code, out, err) = run(&cast, &["apply", "hq-gw"]).await;
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("not enough permissions") && err.contains("were not done"), "{out}{err}");
    let (code, _, _) = run(&cast, &["apply"]).await;
    assert_eq!(code, Some(2));
}
