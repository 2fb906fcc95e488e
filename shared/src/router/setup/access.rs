//! How Sallyport gets at the router: a certificate, services that answer the server alone, an account without more
//! rights than it takes.

use super::{
    Seen, State, Step, Wanted,
    change::{Change, Setting},
    item::{Item, Menu, Raw, same},
    profiles::setting,
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

fn add(menu: Menu, values: &[(&str, &str)]) -> Change {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), Raw::from(*value))).collect();
    Change::Add { menu, values, before: None }
}

/// A certificate for `api-ssl`: without one TLS there is open to whoever is in between.
pub(super) fn tls(seen: &Seen, wanted: &Wanted) -> Step {
    let step = Step::new(TLS_STEP.to_owned(), Words::new("setup-tls"), Words::new("setup-tls-about"));
    let service = seen.services.iter().find(|item| item.text("name") == "api-ssl");
    let ideal = certificates(&[], &wanted.host);
    let Some(service) = service else { return step.blocked(Words::new("setup-no-service")) };
    let certificate = service.text("certificate");
    if !matches!(&*certificate, "" | "none" | LEAF) || wanted.tls {
        return step.present(&ideal);
    }
    let mut changes = certificates(&seen.certificates, &wanted.host);
    let mut settings = Vec::new();
    if certificate != LEAF {
        settings.push(setting(service, "certificate", LEAF));
    }
    if service.text("tls-version") != "only-1.2" {
        settings.push(setting(service, "tls-version", "only-1.2"));
    }
    if service.is("disabled") {
        settings.push(setting(service, "disabled", "no"));
    }
    if !settings.is_empty() {
        changes.push(set_service(service, settings));
    }
    if changes.is_empty() {
        return step.present(&ideal);
    }
    let step = step.wrong(State::Missing, Vec::new(), changes);
    // What is off is not switched on for everybody.
    let bound = ["address", "available-from"].iter().any(|property| is_bound(&service.list(property)));
    if service.is("disabled") && !bound && seen.servers.is_empty() {
        return step.blocked(Words::new("setup-no-server-address"));
    }
    step
}

/// An authority and a leaf: a certificate that signed itself is no leaf to those who check.
fn certificates(known: &[Item], host: &str) -> Vec<Change> {
    let find = |name: &str| known.iter().find(|item| item.text("name") == name);
    let mut changes = Vec::new();
    if find(CA).is_none() {
        changes.push(add(
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
    if find(LEAF).is_none() {
        let kind = if host.parse::<IpAddr>().is_ok() { "IP" } else { "DNS" };
        changes.push(add(
            Menu::Certificate,
            &[
                ("name", LEAF),
                ("common-name", host),
                ("subject-alt-name", &format!("{kind}:{host}")),
                ("key-usage", "digital-signature,key-encipherment,tls-server"),
                ("days-valid", "3650"),
            ],
        ));
    }
    if find(LEAF).is_none_or(|item| !item.is("private-key")) {
        changes.push(Change::Sign { name: LEAF.to_owned(), ca: Some(CA.to_owned()) });
    }
    changes
}

fn set_service(service: &Item, settings: Vec<Setting>) -> Change {
    let known_by = service.get("name").cloned().unwrap_or_default();
    Change::Set { menu: Menu::Service, id: service.id.clone(), known_by, settings }
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
    step.wrong(
        State::Missing,
        Vec::new(),
        vec![set_service(service, vec![setting(service, property, &wanted)])],
    )
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

/// An account with the rights that it takes and no others, from the server's address alone.
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
    if !there {
        let address = prefixes(&seen.servers);
        let mut values =
            vec![("name", API_USER), ("group", GROUP), ("comment", "sallyport:the server's account")];
        if !address.is_empty() {
            values.push(("address", &address));
        }
        changes.push(add(Menu::User, &values));
    }
    changes.push(Change::Switch { was: wanted.username.clone(), now: API_USER.to_owned() });
    let step = step.wrong(State::Missing, vec![found], changes);
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
        return Some(add(Menu::Group, &values));
    };
    let policy = setting(item, "policy", &rights);
    (!same("policy", policy.was.as_ref(), policy.now.as_ref())).then(|| Change::Set {
        menu: Menu::Group,
        id: item.id.clone(),
        known_by: GROUP.into(),
        settings: vec![policy],
    })
}
