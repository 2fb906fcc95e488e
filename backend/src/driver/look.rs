//! Questions that only a router can answer.

use super::{
    AccountRow, RuleRow, TestReport,
    carry::Make,
    device,
    wire::{self, op_error, source_of, words},
};
use crate::{
    app::App,
    ops::{OpResult, secrets},
    store::records::{RouterRecord, TlsMode},
};
use routeros_api::{
    Connection, Error,
    menus::{
        ip_firewall_filter, ppp_secret, system_clock, system_identity, system_resource, user, user_group,
        user_manager, user_manager_profile, user_manager_user,
    },
    tls,
};
use sallyport_shared::{person::AccountSource, session::Boot, time::Timestamp};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

/// What the API user's group has to allow; nothing less works, and nothing more is needed.
const NEEDED_RIGHTS: [&str; 3] = ["read", "write", "api"];

/// A connection for one question: the worker's, or a new one.
pub(crate) async fn ask(app: &App, router: &RouterRecord) -> OpResult<Connection> {
    if let Some(wire) = app.fleet.wire(router.id) {
        return Ok(wire);
    }
    let password = secrets::router_password(app, router)?;
    wire::connect(router, &password).await
}

/// The accounts of PPP secrets and of the User Manager.
pub(super) async fn accounts(app: &App, router: &RouterRecord) -> OpResult<Vec<AccountRow>> {
    let wire = ask(app, router).await?;
    let mut rows = read_secrets(&wire).await.map_err(|error| op_error(&error))?;
    rows.extend(read_users(&wire).await.map_err(|error| op_error(&error))?);
    // Whoever is connected now is seen now, wherever the account is kept.
    let now = app.clock.now();
    let up = app.fleet.tunnels(router.id);
    let up: HashSet<&str> = up.iter().map(|seen| seen.tunnel.username.as_str()).collect();
    for row in &mut rows {
        if up.contains(row.username.as_str()) {
            row.last_seen_at = Some(now);
        }
    }
    rows.sort_by(|a, b| a.username.cmp(&b.username));
    Ok(rows)
}

async fn read_secrets(wire: &Connection) -> Result<Vec<AccountRow>, Error> {
    let secrets = ppp_secret::print(wire).await?;
    let offset = system_clock::print(wire).await?.gmt_offset.unwrap_or_default();
    let seen = |stamp: &routeros_api::Text| {
        system_clock::moment(stamp.as_bytes(), offset)
            .map(|seconds| Timestamp::from_micros(seconds * 1_000_000))
    };
    Ok(secrets
        .iter()
        .map(|secret| AccountRow {
            username: secret.name.to_string(),
            source: AccountSource::PppSecret,
            enabled: !secret.disabled,
            profile: (!secret.profile.is_empty()).then(|| secret.profile.to_string()),
            comment: (!secret.comment.is_empty()).then(|| secret.comment.to_string()),
            last_seen_at: secret.last_logged_out.as_ref().and_then(seen),
        })
        .collect())
}

async fn read_users(wire: &Connection) -> Result<Vec<AccountRow>, Error> {
    let Some(edition) = user_manager::detect(wire).await? else { return Ok(Vec::new()) };
    let users = user_manager_user::print(wire, edition).await?;
    let mut profiles: HashMap<Vec<u8>, Vec<String>> = HashMap::new();
    // Only shown: where they cannot be read, the accounts are listed all the same.
    let shown = wire::unless_refused(user_manager_profile::all(wire, edition).await, |_| true)?;
    for (user, profile) in shown.unwrap_or_default() {
        profiles.entry(user.as_bytes().to_vec()).or_default().push(profile.to_string());
    }
    Ok(users
        .iter()
        .map(|user| AccountRow {
            username: user.name.to_string(),
            source: source_of(edition),
            enabled: !user.disabled,
            profile: profiles.get(user.name.as_bytes()).map(|profiles| profiles.join(", ")),
            comment: (!user.comment.is_empty()).then(|| user.comment.to_string()),
            last_seen_at: None,
        })
        .collect())
}

/// The rules whose comment contains `2FA`.
pub(super) async fn rules(app: &App, router: &RouterRecord) -> OpResult<Vec<RuleRow>> {
    let wire = ask(app, router).await?;
    let rules = ip_firewall_filter::print(&wire).await.map_err(|error| op_error(&error))?;
    let named = rules.iter().enumerate().filter(|(_, rule)| rule.comment.to_string().contains("2FA"));
    Ok(named
        .map(|(position, rule)| RuleRow {
            rule_id: String::from_utf8_lossy(rule.id.raw()).into_owned(),
            comment: rule.comment.to_string(),
            comment_bytes: rule.comment.as_bytes().to_vec(),
            chain: rule.chain.to_string(),
            action: rule.action.to_string(),
            enabled: !rule.disabled,
            position,
        })
        .collect())
}

/// Tries a router's settings. Over TLS the certificate is looked at first, so that there is something to trust.
pub(super) async fn test(_app: &App, router: &RouterRecord, password: &str) -> TestReport {
    let mut report = TestReport::default();
    if router.tls != TlsMode::Plain {
        match tls::learn_fingerprint(&router.host, router.port, Duration::from_secs(10)).await {
            Ok(fingerprint) => report.certificate_sha256 = Some(fingerprint.to_string()),
            Err(error) => return failed(report, &error),
        }
        if router.tls == TlsMode::Pinned && router.pinned_sha256.is_none() {
            report.error = Some("The router's certificate is not trusted yet.".to_owned());
            report.remedy = Some(
                "Compare the fingerprint with the one that the router shows, and accept it. Nothing was sent to the router so far."
                    .to_owned(),
            );
            return report;
        }
    }
    match wire::connect(router, password).await {
        Ok(wire) => {
            let looked = look_around(&wire, router, &mut report).await;
            wire.close();
            match looked {
                Ok(()) => report,
                Err(error) => failed(report, &error),
            }
        }
        Err(error) => {
            report.error = Some(error.to_string());
            report
        }
    }
}

fn failed(mut report: TestReport, error: &Error) -> TestReport {
    report.error = Some(error.to_string());
    report.remedy = error.remedy().map(|remedy| match remedy.script() {
        Some(script) => format!("{remedy}\n{script}"),
        None => remedy.to_string(),
    });
    report
}

async fn look_around(wire: &Connection, router: &RouterRecord, report: &mut TestReport) -> Result<(), Error> {
    report.identity = Some(system_identity::name(wire).await?.to_string());
    report.version = Some(system_resource::print(wire).await?.version.to_string());
    report.device = device::told_by(wire).await?.known();
    if let Some(account) = user::find(wire, router.username.as_bytes()).await?
        && let Some(group) = user_group::find(wire, account.group.as_bytes()).await?
    {
        report.rights = group.rights.iter().map(ToString::to_string).collect();
        report.missing_rights = group.rights.missing(&NEEDED_RIGHTS).into_iter().map(str::to_owned).collect();
    }
    report.ok = report.missing_rights.is_empty();
    if !report.ok {
        report.error = Some(format!("The API user lacks rights: {}.", report.missing_rights.join(", ")));
        report.remedy = Some(format!(
            "On the router: /user group set [find name=[/user get [find name={}] group]] policy={}",
            router.username,
            NEEDED_RIGHTS.join(",")
        ));
    }
    Ok(())
}

/// What a worker wants to know when a connection is new.
pub(crate) struct Portrait {
    pub(crate) identity: String,
    pub(crate) version: String,
    pub(crate) board: String,
    pub(crate) uptime_seconds: Option<i64>,
    pub(crate) clock_unix_seconds: Option<i64>,
    pub(crate) edition: Option<user_manager::Edition>,
    pub(crate) missing_rights: Vec<&'static str>,
}

/// Looks at who the router is and what the API user may do.
pub(crate) async fn portrait(wire: &Connection, router: &RouterRecord) -> Result<Portrait, Error> {
    let resource = system_resource::print(wire).await?;
    let clock = system_clock::print(wire).await?;
    let mut missing_rights = Vec::new();
    if let Some(account) = user::find(wire, router.username.as_bytes()).await?
        && let Some(group) = user_group::find(wire, account.group.as_bytes()).await?
    {
        missing_rights = group.rights.missing(&NEEDED_RIGHTS);
    }
    Ok(Portrait {
        identity: system_identity::name(wire).await?.to_string(),
        version: resource.version.to_string(),
        board: resource.board_name.to_string(),
        uptime_seconds: whole_seconds(resource.uptime),
        clock_unix_seconds: clock.unix_seconds(),
        edition: user_manager::detect(wire).await?,
        missing_rights,
    })
}

/// For how long the router has been running, in seconds.
pub(crate) async fn uptime(wire: &Connection) -> Result<Option<i64>, Error> {
    Ok(whole_seconds(system_resource::print(wire).await?.uptime))
}

fn whole_seconds(span: Option<Duration>) -> Option<i64> {
    span.and_then(|span| i64::try_from(span.as_secs()).ok())
}

/// What has to be known of a router's make to write to it, in this boot of it.
pub(crate) async fn make(wire: &Connection, boot: Boot) -> Result<Make, Error> {
    let version = system_resource::print(wire).await?.version.to_string();
    Ok(Make::of(&version, user_manager::detect(wire).await?, boot))
}

/// A router's failure, in plain words, for its status.
pub(crate) fn plain(error: &Error) -> String {
    words(error)
}
