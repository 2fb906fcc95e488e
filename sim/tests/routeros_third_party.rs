//! The simulator must content RouterOS clients that know nothing of it: librouteros and RouterOS-api.

use std::{process::Stdio, time::Duration};

use sim::routeros::RouterSim;

/// A run of both clients takes a second or two.
const BACKSTOP: Duration = Duration::from_secs(120);

/// Needs a Python with both clients: `SALLYPORT_PYTHON`, which `cargo xtask test` prepares.
#[tokio::test]
async fn python_clients_are_content() {
    let Some(python) = std::env::var_os("SALLYPORT_PYTHON") else {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "SALLYPORT_PYTHON must name a Python with librouteros and RouterOS-api"
        );
        eprintln!("SKIPPED: set SALLYPORT_PYTHON to a Python with librouteros and RouterOS-api");
        return;
    };
    let router = |version: &str| {
        RouterSim::builder()
            .version(version)
            .user("sallyport", "secret", "read,write,api")
            .secret("ivan")
            .start()
    };
    let (new, old) = (router("7.22.3").await.unwrap(), router("6.42").await.unwrap());
    let ports = [new.addr().port().to_string(), old.addr().port().to_string()];
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/routeros_clients.py");
    let run = tokio::process::Command::new(python)
        .arg(script)
        .args(ports)
        .args(["sallyport", "secret"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(BACKSTOP, run).await.expect("the clients end").unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains("librouteros: content") && said.contains("RouterOS-api: content"), "{said}");
    for router in [new, old] {
        assert!(router.writes() > 0, "the clients spoke to the simulator");
        assert_eq!(router.rows("ppp/secret").len(), 1, "and took back what they had written");
    }
}
