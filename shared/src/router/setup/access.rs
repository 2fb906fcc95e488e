//! How Sallyport gets at the router: a certificate, services that answer the server alone, an account without more
//! rights than it takes.

use super::{
    Seen, State, Step, Wanted,
    change::{Change, Setting},
    item::{Item, Menu, same},
    lockout,
    words::Words,
};
use crate::firewall::Range;
use std::net::IpAddr;

/// The names of what is made.
const CA: &str = "sallyport-ca";
const LEAF: &str = "sallyport-api";
const GROUP: &str = "sallyport-api";
/// The account that is made where the one that was given may do more than it takes.
pub const API_USER: &str = "sallyport-api";

/// The key of the step that makes a certificate and lets `api-ssl` use it.
pub const TLS_STEP: &str = "tls";

/// What the account has to be allowed, and no more.
pub const NEEDED_RIGHTS: [&str; 3] = ["read", "write", "api"];

/// A certificate for `api-ssl`: without one TLS there is open to whoever is in between.
pub(super) fn tls(seen: &Seen, wanted: &Wanted) -> Step {
    let step = Step::new(TLS_STEP.to_owned(), Words::new("setup-tls"), Words::new("setup-tls-about"));
    let service = seen.services.iter().find(|item| item.text("name") == "api-ssl");
    let ideal = certificates(&[], &wanted.host);
    let Some(service) = service else { return step.blocked(Words::new("setup-no-service")) };
    let certificate = service.text("certificate");
    let ours = matches!(&*certificate, "" | "none") || certificate.starts_with(LEAF);
    if !ours || wanted.tls {
        return step.present(&ideal);
    }
    let leaf = leaf_for(&seen.certificates, &wanted.host);
    let mut changes = certificates(&seen.certificates, &wanted.host);
    let mut settings = Vec::new();
    if certificate != leaf {
        settings.push(Setting::of(service, "certificate", &leaf));
    }
    if service.text("tls-version") != "only-1.2" {
        settings.push(Setting::of(service, "tls-version", "only-1.2"));
    }
    if service.is("disabled") {
        settings.push(Setting::of(service, "disabled", "no"));
    }
    if !settings.is_empty() {
        changes.push(Change::set(Menu::Service, service, settings));
    }
    if changes.is_empty() {
        return step.present(&ideal);
    }
    let step = step.wrong(State::Missing, Vec::new(), changes);
    // What is off is not switched on for everybody.
    let bound = is_bound(&lockout::bound(service));
    if service.is("disabled") && !bound && seen.servers.is_empty() {
        return step.blocked(Words::new("setup-no-server-address"));
    }
    step
}

/// For whom a certificate is, as the router writes it.
fn subject(host: &str) -> String {
    let kind = if host.parse::<IpAddr>().is_ok() { "IP" } else { "DNS" };
    format!("{kind}:{host}")
}

/// The name of the leaf for this host. What is signed cannot be changed: one for another host stays, and another is made.
fn leaf_for(known: &[Item], host: &str) -> String {
    let for_others =
        |item: &Item| item.is("private-key") && !item.list("subject-alt-name").contains(&subject(host));
    let taken = known.iter().any(|item| item.text("name") == LEAF && for_others(item));
    if taken { format!("{LEAF}-{host}") } else { LEAF.to_owned() }
}

/// An authority and a leaf: a certificate that signed itself is no leaf to those who check.
fn certificates(known: &[Item], host: &str) -> Vec<Change> {
    let find = |name: &str| known.iter().find(|item| item.text("name") == name);
    let mut changes = Vec::new();
    if find(CA).is_none() {
        changes.push(Change::add(
            Menu::Certificate,
            &[
                ("name", CA),
                ("common-name", CA),
                ("key-usage", "key-cert-sign,crl-sign"),
                ("days-valid", "3650"),
            ],
        ));
    }
    if find(CA).is_none_or(|item| !item.is("private-key")) {
        changes.push(Change::Sign { name: CA.to_owned(), ca: None });
    }
    let leaf = leaf_for(known, host);
    if find(&leaf).is_none() {
        changes.push(Change::add(
            Menu::Certificate,
            &[
                ("name", &leaf),
                ("common-name", host),
                ("subject-alt-name", &subject(host)),
                ("key-usage", "digital-signature,key-encipherment,tls-server"),
                ("days-valid", "3650"),
            ],
        ));
    }
    if find(&leaf).is_none_or(|item| !item.is("private-key")) {
        changes.push(Change::Sign { name: leaf, ca: Some(CA.to_owned()) });
    }
    changes
}

/// The API answers the server alone. A service that is bound to other addresses is left so: somebody wanted that.
pub(super) fn services(seen: &Seen) -> Vec<Step> {
    let api = |item: &&Item| matches!(&*item.text("name"), "api" | "api-ssl");
    seen.services.iter().filter(api).map(|service| bind(service, seen)).collect()
}

fn bind(service: &Item, seen: &Seen) -> Step {
    let name = service.text("name").into_owned();
    let title = Words::new("setup-service").with("service", name.as_str());
    let addresses = seen.servers.join(", ");
    let about = Words::new("setup-service-about").with("address", addresses.as_str());
    let step = Step::new(format!("service:{name}"), title, about);
    // Newer versions call the property otherwise.
    let property = if service.values.contains_key("available-from") { "available-from" } else { "address" };
    let bound = service.list(property);
    if is_bound(&bound) {
        return step.present(&[]).noted(Words::new("setup-service-bound").with("address", bound.join(", ")));
    }
    if seen.servers.is_empty() {
        return step.blocked(Words::new("setup-no-server-address"));
    }
    let wanted = prefixes(&seen.servers);
    // An address out in the internet may be another one tomorrow, and then nobody gets in any more: that is for the
    // administrator to say.
    let step = if seen.servers.iter().all(|address| is_local(address)) { step } else { step.optional() };
    let settings = vec![Setting::of(service, property, &wanted)];
    step.wrong(State::Missing, Vec::new(), vec![Change::set(Menu::Service, service, settings)])
}

/// The whole internet is nobody in particular.
fn is_bound(addresses: &[String]) -> bool {
    let everybody = |address: &String| Range::parse(address).is_some_and(|range| range.is_everything());
    !addresses.is_empty() && !addresses.iter().any(everybody)
}

/// Is it an address of a network of one's own, which is given out on purpose?
fn is_local(address: &str) -> bool {
    match address.parse() {
        Ok(IpAddr::V4(v4)) => v4.is_private() || v4.is_loopback(),
        Ok(IpAddr::V6(v6)) => v6.is_unique_local() || v6.is_loopback(),
        Err(_) => false,
    }
}

/// Each address alone, as a network.
fn prefixes(addresses: &[String]) -> String {
    let prefix = |address: &String| {
        let bits = if address.contains(':') { 128 } else { 32 };
        format!("{address}/{bits}")
    };
    addresses.iter().map(prefix).collect::<Vec<_>>().join(",")
}

/// From where the server's own account may come: from where its service answers, or from the server's address where that
/// does not change by itself; else from anywhere, because nobody would get in once it has changed.
fn allowed_from(seen: &Seen, wanted: &Wanted) -> Option<String> {
    let name = if wanted.tls { "api-ssl" } else { "api" };
    let service = seen.services.iter().find(|item| item.text("name") == name);
    let bound = service.map(lockout::bound).unwrap_or_default();
    if is_bound(&bound) {
        return Some(bound.join(","));
    }
    let lasting = !seen.servers.is_empty() && seen.servers.iter().all(|address| is_local(address));
    lasting.then(|| prefixes(&seen.servers))
}

/// An account with the rights that it takes and no others.
pub(super) fn api_user(seen: &Seen, wanted: &Wanted) -> Step {
    let title = Words::new("setup-user").with("rights", NEEDED_RIGHTS.join(", "));
    let step = Step::new("api-user".to_owned(), title, Words::new("setup-user-about").with("user", API_USER));
    let Some(rights) = &seen.rights else { return step.blocked(Words::new("setup-no-rights-known")) };
    let more: Vec<&str> =
        rights.iter().map(String::as_str).filter(|right| !NEEDED_RIGHTS.contains(right)).collect();
    if more.is_empty() {
        return step.present(&[]).noted(Words::new("setup-user-fits").with("user", wanted.username.as_str()));
    }
    let found =
        Words::new("setup-user-more").with("user", wanted.username.as_str()).with("rights", more.join(", "));
    let mut changes = Vec::new();
    changes.extend(group(seen));
    let there = seen.users.iter().any(|item| item.text("name") == API_USER);
    let address = allowed_from(seen, wanted);
    let from = match &address {
        Some(address) => Words::new("setup-user-from").with("address", address.as_str()),
        None => Words::new("setup-user-anywhere"),
    };
    if !there {
        let mut values =
            vec![("name", API_USER), ("group", GROUP), ("comment", "sallyport:the server's account")];
        values.extend(address.as_deref().map(|address| ("address", address)));
        changes.push(Change::add(Menu::User, &values));
    }
    changes.push(Change::Switch { was: wanted.username.clone(), now: API_USER.to_owned() });
    let step = step.wrong(State::Missing, if there { vec![found] } else { vec![found, from] }, changes);
    if there && !wanted.knows_api_user {
        return step.blocked(Words::new("setup-user-taken").with("user", API_USER));
    }
    if !seen.may("policy") {
        return step.blocked(Words::new("setup-needs-policy"));
    }
    step
}

/// The group of that account, with exactly its rights.
fn group(seen: &Seen) -> Option<Change> {
    let rights = NEEDED_RIGHTS.join(",");
    let Some(item) = seen.groups.iter().find(|item| item.text("name") == GROUP) else {
        let comment = "sallyport:what the server needs";
        let values = [("name", GROUP), ("policy", rights.as_str()), ("comment", comment)];
        return Some(Change::add(Menu::Group, &values));
    };
    let policy = Setting::of(item, "policy", &rights);
    let is_so = same("policy", policy.was.as_ref(), policy.now.as_ref());
    (!is_so).then(|| Change::set(Menu::Group, item, vec![policy]))
}
