//! The same by `sallyport router plan|apply|undo NAME`, and what else the command line does with routers: the real program,
//! its words and its exit codes (0 done, 1 failed, 2 wrong usage, 3 an open box).

use crate::cast::{Cast, SANDBOX, bare};
use sallyport::{
    ops::{admins, authority::Owner},
    store::records::Role,
};
use std::process::Output;
use tokio::process::Command;

type Answer = (Option<i32>, String, String);

/// `sallyport` with these arguments and variables.
async fn sallyport(cast: &Cast, arguments: &[&str], variables: &[(&str, &str)]) -> Answer {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_sallyport"))
        .args(arguments)
        .env_clear()
        .env("SALLYPORT_DATA_DIR", cast.folder())
        .envs(variables.iter().copied())
        .output()
        .await
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

async fn program(cast: &Cast, arguments: &[&str]) -> Answer {
    sallyport(cast, arguments, &[]).await
}

/// `sallyport router` with these arguments.
async fn run(cast: &Cast, arguments: &[&str]) -> Answer {
    program(cast, &[&["router"], arguments].concat()).await
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
    assert_eq!(out.matches("APPLIED").count(), 3, "the list that the rules name as well: {out}");
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

#[tokio::test(flavor = "multi_thread")]
async fn a_step_is_taken_back_alone() {
    let cast = Cast::of(bare("read,write,api")).await;
    assert_eq!(run(&cast, &["apply", "hq-gw"]).await.0, Some(0));
    let boxed = cast.state();
    let (code, out, err) = run(&cast, &["apply", "hq-gw", "--only", "telegram"]).await;
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("APPLIED    telegram (optional): "), "{out}");
    let (code, out, err) = run(&cast, &["undo", "hq-gw", "--only", "telegram"]).await;
    assert_eq!(code, Some(0), "{out}{err}");
    assert_eq!(cast.state(), boxed);
    let (code, _, err) = run(&cast, &["undo", "hq-gw", "--only", "telegram"]).await;
    assert_eq!(code, Some(1));
    assert!(err.contains("Nothing of the step telegram is to be taken back"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_whether_the_box_holds_and_tells_it_by_the_exit_code() {
    let cast = Cast::of(bare("read,write,api")).await;
    let (code, out, err) = program(&cast, &["doctor"]).await;
    assert_eq!(code, Some(3), "{out}");
    assert!(out.starts_with("hq-gw\n") && out.contains("DANGER") && !out.contains("The box holds"), "{out}");
    assert!(err.contains("the box does not hold: hq-gw"), "{err}");
    assert_eq!(cast.sim.writes(), 0, "it only looks");

    assert_eq!(run(&cast, &["apply", "hq-gw"]).await.0, Some(0));
    let (code, out, err) = program(&cast, &["doctor", "hq-gw"]).await;
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("OK       The box holds") && !out.contains("DANGER"), "{out}");
    let (code, out, _) = program(&cast, &["doctor", "hq-gw", "--all", "--language", "ru"]).await;
    assert_eq!(code, Some(0));
    assert!(out.contains("Песочница закрыта") && out.contains("Каждый туннель"), "{out}");

    let (code, _, err) = program(&cast, &["doctor", "nobody"]).await;
    assert_eq!(code, Some(1));
    assert!(err.contains("no router is called nobody"), "{err}");
    assert_eq!(program(&cast, &["doctor", "--language", "de"]).await.0, Some(2));

    cast.sim.power_off().await;
    let (code, out, err) = program(&cast, &["doctor"]).await;
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("DANGER") && !out.contains("The box holds"), "{out}");
    assert!(err.contains("could not look at hq-gw") && !err.contains("panicked"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_routers_an_open_box_counts_for_more_than_one_that_was_not_seen() {
    let cast = Cast::of(bare("read,write,api")).await;
    assert_eq!(run(&cast, &["apply", "hq-gw"]).await.0, Some(0));
    let away = bare("read,write,api").start().await.unwrap();
    cast.enter("away", &away).await;
    assert_eq!(program(&cast, &["doctor", "away"]).await.0, Some(3), "not set up");
    away.power_off().await;
    let (code, _, err) = program(&cast, &["doctor"]).await;
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("could not look at away"), "{err}");
    // Something else that is dangerous is said, and is not the box.
    cast.sim.set_rights("sallyport", "read,api").unwrap();
    let (code, out, _) = program(&cast, &["doctor", "hq-gw"]).await;
    assert!(code == Some(0) && out.contains("DANGER") && out.contains("The box holds"), "{out}");
    assert_eq!(run(&cast, &["undo", "hq-gw"]).await.0, Some(1), "it may not write");
    cast.sim.set_rights("sallyport", "read,write,api").unwrap();
    assert_eq!(run(&cast, &["undo", "hq-gw"]).await.0, Some(0));
    assert_eq!(program(&cast, &["doctor"]).await.0, Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn routers_are_listed_and_tried() {
    let cast = Cast::of(bare("read,api")).await;
    let (code, out, _) = run(&cast, &["list"]).await;
    assert_eq!(code, Some(0));
    let line = format!("{}:{}", cast.sim.addr().ip(), cast.sim.addr().port());
    assert!(out.contains("hq-gw") && out.contains(&line) && out.contains("never seen"), "{out}");
    let (code, out, err) = run(&cast, &["check", "hq-gw"]).await;
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("MikroTik") && out.contains("policy=read,write,api"), "{out}");
    assert!(err.contains("The API user lacks rights: write"), "{err}");

    let cast = Cast::of(bare("read,write,api")).await;
    let (code, out, err) = run(&cast, &["check", "hq-gw"]).await;
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("Everything that is needed is there."), "{out}");

    cast.sim.power_off().await;
    for arguments in [["check", "hq-gw"], ["plan", "hq-gw"], ["apply", "hq-gw"]] {
        let (code, out, err) = run(&cast, &arguments).await;
        assert_eq!(code, Some(1), "{arguments:?}: {out}");
        assert!(err.starts_with("sallyport: ") && !err.contains("panicked"), "{arguments:?}: {err}");
    }
    assert_eq!(run(&cast, &["list"]).await.0, Some(0), "the database answers all the same");
    for wrong in [&["check"][..], &["conquer", "hq-gw"], &["undo", "hq-gw", "--only"]] {
        let (code, _, err) = run(&cast, wrong).await;
        assert_eq!(code, Some(2), "{wrong:?}");
        assert!(err.contains("--help"), "{err}");
    }
    let (code, _, err) = sallyport(&cast, &["router", "list"], &[("SALLYPORT_LISTEN", "nowhere")]).await;
    assert_eq!(code, Some(2));
    assert!(err.contains("SALLYPORT_LISTEN"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_listed_and_taken_over() {
    let builder = bare("read,write,api")
        .row("ppp/secret", &[("name", "maria"), ("comment", "chat 501234567")])
        .row("ppp/secret", &[("name", "старый"), ("comment", "office"), ("profile", "vpn")]);
    let cast = Cast::of(builder).await;
    admins::create(&cast.app, &Owner::of_command_line(), "marina", "correct horse battery", Role::Admin)
        .await
        .unwrap();
    admins::create(&cast.app, &Owner::of_command_line(), "viewer", "correct horse battery", Role::Viewer)
        .await
        .unwrap();
    let (code, out, err) = program(&cast, &["import", "hq-gw"]).await;
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("never used; its comment names the chat 501234567"), "{out}");
    assert!(out.contains("старый") && !out.contains("linked"), "{out}");

    for (by, words) in [("nobody", "no administrator is called nobody"), ("viewer", "Your role")] {
        let (code, _, err) = program(&cast, &["import", "hq-gw", "--link", "maria", "--by", by]).await;
        assert_eq!(code, Some(1));
        assert!(err.contains(words), "{err}");
    }
    let unsigned = program(&cast, &["import", "hq-gw", "--link", "maria"]).await;
    assert_eq!(unsigned.0, Some(2), "somebody has to do it");
    for (account, words) in [("nobody", "nobody"), ("старый", "старый")] {
        let (code, out, err) =
            program(&cast, &["import", "hq-gw", "--link", account, "--by", "marina"]).await;
        assert_eq!(code, Some(1), "{out}");
        assert!(out.contains(words) && err.contains("1 accounts could not be linked"), "{out}{err}");
    }
    let (code, out, err) = program(&cast, &["import", "hq-gw", "--link", "maria", "--by", "marina"]).await;
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("now linked to maria"), "{out}");
    let (code, out, _) = program(&cast, &["import", "hq-gw"]).await;
    assert_eq!((code, out.contains("linked to maria")), (Some(0), true), "{out}");
    assert_eq!(program(&cast, &["import", "nowhere"]).await.0, Some(1));
    cast.sim.power_off().await;
    let (code, out, err) = program(&cast, &["import", "hq-gw"]).await;
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.starts_with("sallyport: "), "{err}");
    assert!(cast.sim.address_list(SANDBOX).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_routers_that_is_said() {
    let folder = tempfile::TempDir::new().unwrap();
    for arguments in [&["doctor"][..], &["router", "list"]] {
        let Output { status, stdout, .. } = Command::new(env!("CARGO_BIN_EXE_sallyport"))
            .args(arguments)
            .env_clear()
            .env("SALLYPORT_DATA_DIR", folder.path())
            .output()
            .await
            .unwrap();
        assert_eq!(status.code(), Some(0));
        assert_eq!(String::from_utf8(stdout).unwrap(), "There are no routers yet.\n", "{arguments:?}");
    }
}
