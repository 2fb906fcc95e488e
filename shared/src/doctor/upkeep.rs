//! What besides the box has to be right: the way in, its rights, the clock, the version, accounting.

use super::{Facts, Finding};
use crate::router::setup::in_quotes;

/// A clock that is wrong by less does no harm.
const SKEW_TOLERATED: i64 = 60;
/// What the API user needs.
const NEEDED: [&str; 3] = ["read", "write", "api"];
/// What it may have besides, without harm.
const HARMLESS: [&str; 1] = ["test"];
/// One session for commands and one for pushed changes, and two that come while two old ones have not gone.
const LEAST_SESSIONS: u64 = 4;
/// The first version with the login that does not send a hash of the password.
const OLDEST: (u32, u32) = (6, 43);
/// Before this, sessions of the API keep rights that were taken away.
const REVOKES: (u32, u32) = (7, 24);

/// Looks at everything but the box.
pub(super) fn look(facts: &Facts) -> Vec<Finding> {
    let mut findings = vec![transport(facts), service(facts), rights(facts), clock(facts), version(facts)];
    findings.extend(login(facts));
    findings.extend(sessions(facts));
    findings.extend(device_mode(facts));
    findings.extend(accounting(facts));
    findings
}

/// Is the connection encrypted?
fn transport(facts: &Facts) -> Finding {
    if facts.api.tls { Finding::ok("tls", "tls-ok") } else { Finding::warning("tls", "tls-plain") }
}

/// Whoever listens to a login by challenge can try passwords at leisure until one fits.
fn login(facts: &Facts) -> Option<Finding> {
    let is_old = number(&facts.version).is_some_and(|version| version < OLDEST);
    let words = if is_old { "login-md5" } else { "login-md5-needless" };
    facts.api.md5_login.then(|| Finding::warning("login", words).with("version", facts.version.as_str()))
}

/// From where can the API be reached?
fn service(facts: &Facts) -> Finding {
    let key = "api-address";
    let open = |addresses: &[String]| {
        addresses.is_empty()
            || addresses.iter().any(|address| matches!(address.as_str(), "0.0.0.0/0" | "::/0"))
    };
    let Some(service) = &facts.api.service else { return Finding::warning(key, "service-unknown") };
    if open(&service.addresses) && open(&facts.api.user_addresses) {
        let script = format!(
            "/ip service set {} address=ADDRESS/32\n/user set [find name={}] address=ADDRESS/32",
            service.name,
            in_quotes(&facts.api.username)
        );
        return Finding::warning(key, "service-open").with("service", service.name.as_str()).script(script);
    }
    let from = if open(&service.addresses) { &facts.api.user_addresses } else { &service.addresses };
    Finding::ok(key, "service-ok").with("addresses", from.join(", "))
}

fn rights(facts: &Facts) -> Finding {
    let key = "rights";
    let user = facts.api.username.as_str();
    let Some(rights) = &facts.api.rights else {
        return Finding::warning(key, "rights-unknown").with("user", user);
    };
    let missing: Vec<&str> =
        NEEDED.into_iter().filter(|needed| !rights.iter().any(|right| right == needed)).collect();
    let script = format!(
        "/user group set [find name=[/user get [find name={}] group]] policy={}",
        in_quotes(user),
        NEEDED.join(",")
    );
    if !missing.is_empty() {
        return Finding::danger(key, "rights-missing")
            .with("user", user)
            .with("rights", missing.join(", "))
            .script(script);
    }
    let excess: Vec<&str> = rights
        .iter()
        .map(String::as_str)
        .filter(|right| !NEEDED.contains(right) && !HARMLESS.contains(right))
        .collect();
    if excess.is_empty() {
        return Finding::ok(key, "rights-ok").with("user", user).with("rights", rights.join(", "));
    }
    Finding::warning(key, "rights-excess").with("user", user).with("rights", excess.join(", ")).script(
        format!(
            "/user group add name=sallyport policy={}\n/user set [find name={}] group=sallyport",
            NEEDED.join(","),
            in_quotes(user)
        ),
    )
}

fn clock(facts: &Facts) -> Finding {
    let key = "clock";
    match facts.clock_skew_seconds {
        None => Finding::warning(key, "clock-unknown"),
        Some(skew) if skew.abs() <= SKEW_TOLERATED => Finding::ok(key, "clock-ok").with("seconds", skew),
        Some(skew) => Finding::warning(key, "clock-wrong")
            .with("seconds", skew)
            .script("/system ntp client set enabled=yes servers=pool.ntp.org"),
    }
}

/// The first two numbers of a version as printed: `7.22.3 (stable)`.
fn number(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn version(facts: &Facts) -> Finding {
    let key = "version";
    let script = "/system package update set channel=stable\n/system package update check-for-updates\n/system package update install";
    let finding = match number(&facts.version) {
        None => Finding::warning(key, "version-unknown"),
        Some(version) if version < OLDEST => Finding::danger(key, "version-ancient").script(script),
        Some((6, _)) => Finding::warning(key, "version-six").script(script),
        Some(version) if version < REVOKES => Finding::warning(key, "version-revokes").script(script),
        Some(_) => Finding::ok(key, "version-ok"),
    };
    finding.with("version", facts.version.as_str())
}

fn sessions(facts: &Facts) -> Option<Finding> {
    let most = facts.api.max_sessions?;
    let service = facts.api.service.as_ref()?.name.as_str();
    let count = i64::try_from(most).unwrap_or(i64::MAX);
    Some(if most < LEAST_SESSIONS {
        Finding::warning("sessions", "sessions-few")
            .with("count", count)
            .script(format!("/ip service set {service} max-sessions=20"))
    } else {
        Finding::ok("sessions", "sessions-ok").with("count", count)
    })
}

fn device_mode(facts: &Facts) -> Option<Finding> {
    let key = "device-mode";
    let device = facts.device_mode.as_ref()?;
    let forbidden: Vec<&str> = device
        .forbidden
        .iter()
        .map(String::as_str)
        .filter(|feature| match *feature {
            "l2tp" | "pptp" => facts.servers.iter().any(|server| server.service == *feature),
            "ipsec" => facts.servers.iter().any(|server| server.service == "l2tp"),
            _ => false,
        })
        .collect();
    Some(if device.flagged {
        Finding::danger(key, "device-flagged").script("/system device-mode update flagged=no")
    } else if forbidden.is_empty() {
        Finding::ok(key, "device-ok").with("mode", device.mode.as_str())
    } else {
        let allow: Vec<String> = forbidden.iter().map(|feature| format!("{feature}=yes")).collect();
        Finding::warning(key, "device-forbids")
            .with("mode", device.mode.as_str())
            .with("features", forbidden.join(", "))
            .script(format!("/system device-mode update {}", allow.join(" ")))
    })
}

fn accounting(facts: &Facts) -> Vec<Finding> {
    let Some(settings) = facts.user_manager else { return Vec::new() };
    let key = "accounting";
    let mut findings = vec![match (settings.accounting, settings.interim_update) {
        (false, _) => {
            Finding::warning(key, "accounting-off").script("/ppp aaa set accounting=yes interim-update=1m")
        }
        (true, false) => Finding::warning(key, "accounting-final").script("/ppp aaa set interim-update=1m"),
        (true, true) => Finding::ok(key, "accounting-ok"),
    }];
    findings.extend(settings.incoming.map(|incoming| {
        if incoming {
            Finding::ok("incoming", "incoming-ok")
        } else {
            Finding::warning("incoming", "incoming-off").script("/radius incoming set accept=yes")
        }
    }));
    findings
}
