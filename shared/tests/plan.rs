//! The comparison: whatever a router looks like, doing what the plan says makes it as it should be, and nobody
//! is let through who is not meant to be.

use proptest::prelude::*;
use sallyport_shared::{
    firewall::Range,
    ids::{AccountId, ConnectionId},
    router::{Actual, Allowed, BoundRule, Change, Desired, Entry, Rule, allow_comment, plan},
    session::{Boot, Tunnel},
    time::Seconds,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use uuid::Uuid;

fn tunnel(session: u8, address: u8) -> Tunnel {
    Tunnel {
        boot: Boot::default(),
        router_session_id: format!("0x81{session:02x}"),
        username: format!("user{}", session % 3),
        service: "l2tp".to_owned(),
        caller_id: Some("203.0.113.1".to_owned()),
        address: Some(format!("10.8.0.{address}")),
    }
}

/// Sessions and addresses are few, so that they collide; a router gives fixed addresses out twice.
fn tunnels() -> impl Strategy<Value = Vec<Tunnel>> {
    prop::collection::vec((0_u8..6, 0_u8..4), 0..5).prop_map(|pairs| {
        let mut seen = HashSet::new();
        pairs
            .into_iter()
            .filter(|(session, _)| seen.insert(*session))
            .map(|(session, address)| tunnel(session, address))
            .collect()
    })
}

fn desired() -> impl Strategy<Value = Desired> {
    (tunnels(), any::<[bool; 6]>(), any::<bool>(), any::<bool>()).prop_map(
        |(tunnels, opened, rule, account)| {
            let allowed = tunnels
                .into_iter()
                .zip(opened)
                .enumerate()
                .map(|(n, (tunnel, opened))| Allowed {
                    connection: ConnectionId(Uuid::from_u128(n as u128)),
                    account: AccountId(Uuid::from_u128(n as u128)),
                    tunnel,
                    opened,
                })
                .collect();
            let bound = BoundRule {
                account: AccountId(Uuid::from_u128(0)),
                rule_id: "*A".to_owned(),
                comment: "2FA Иван".as_bytes().to_vec(),
            };
            Desired {
                allowed,
                rules: if rule { vec![bound] } else { Vec::new() },
                accounts: vec![("user0".to_owned(), account)],
                bans: vec![("203.0.113.9".to_owned(), Seconds(60))],
            }
        },
    )
}

fn actual() -> impl Strategy<Value = Actual> {
    let entry = (0_u8..6, 0_u8..4, any::<bool>(), any::<bool>(), prop::option::of(0_u32..200));
    let rule = prop_oneof![
        Just(("*A", "2FA Иван")),
        Just(("*A", "2FA Иванов")),
        Just(("*B", "2FA Иван")),
        Just(("*C", "accept established")),
    ];
    let entries = prop::collection::vec(entry, 0..5);
    let rules = prop::collection::vec((rule, any::<bool>()), 0..4);
    let read = (any::<bool>(), any::<bool>());
    (tunnels(), entries, rules, any::<bool>(), read).prop_map(
        |(tunnels, entries, rules, enabled, (read_rules, read_accounts))| {
            let mut ids = HashSet::new();
            Actual {
                tunnels: tunnels.into_iter().map(Arc::new).collect(),
                allow: entries
                    .into_iter()
                    .enumerate()
                    .map(|(n, (session, address, ours, disabled, timeout))| Entry {
                        id: format!("*{n}"),
                        address: format!("10.8.0.{address}"),
                        comment: if ours {
                            allow_comment(&tunnel(session, address)).into_bytes()
                        } else {
                            Vec::new()
                        },
                        timeout,
                        disabled,
                    })
                    .collect(),
                rules: read_rules.then(|| {
                    rules
                        .into_iter()
                        .filter(|((id, _), _)| ids.insert(*id))
                        .map(|((id, comment), enabled)| Rule {
                            id: id.to_owned(),
                            comment: comment.as_bytes().to_vec(),
                            enabled,
                        })
                        .collect()
                }),
                accounts: read_accounts.then(|| HashMap::from([("user0".to_owned(), enabled)])),
                ..Actual::default()
            }
        },
    )
}

/// What the driver does with a change.
fn carry_out(actual: &mut Actual, change: &Change) {
    match change {
        Change::Allow(allowed) => actual.allow.push(Entry {
            id: format!("*new{}", actual.allow.len()),
            address: allowed.tunnel.address.clone().unwrap_or_default(),
            comment: allow_comment(&allowed.tunnel).into_bytes(),
            timeout: Some(120),
            disabled: false,
        }),
        Change::Renew(ids) => {
            for entry in actual.allow.iter_mut().filter(|entry| ids.contains(&entry.id)) {
                entry.timeout = Some(120);
            }
        }
        Change::Remove(gone) => actual.allow.retain(|entry| entry.id != gone.id),
        Change::SwitchRule { rule_id, comment, enabled } => {
            let rules = actual.rules.iter_mut().flatten();
            for rule in rules.filter(|rule| rule.id == *rule_id && rule.comment == *comment) {
                rule.enabled = *enabled;
            }
        }
        Change::SwitchAccount { username, enabled } => {
            let known = actual.accounts.iter_mut().find_map(|accounts| accounts.get_mut(username));
            *known.expect("only what was read is switched") = *enabled;
        }
        Change::Ban { address, .. } => actual.banned.push(address.clone()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_plan_makes_it_so_and_then_rests(desired in desired(), mut actual in actual()) {
        let (drifts, renewal) = plan(&desired, &actual, 60);
        for change in drifts.iter().filter_map(|drift| drift.change.as_ref()).chain(renewal.as_ref()) {
            carry_out(&mut actual, change);
        }
        let (again, renewal) = plan(&desired, &actual, 60);
        prop_assert!(again.iter().all(|drift| drift.change.is_none()), "not at rest: {again:?}");
        prop_assert!(renewal.is_none());
        for entry in &actual.allow {
            let owner = desired.allowed.iter().find(|allowed| {
                actual.tunnels.iter().any(|now| now.is_same(&allowed.tunnel))
                    && allowed.tunnel.address.as_deref() == Some(&entry.address)
            });
            prop_assert!(owner.is_some(), "{entry:?} belongs to nobody who was confirmed");
            let holders = actual.tunnels.iter().filter(|now| now.address.as_deref() == Some(&entry.address));
            prop_assert_eq!(holders.count(), 1, "{:?} lets through who was not confirmed", entry);
            let twins = actual.allow.iter().filter(|other| other.address == entry.address).count();
            prop_assert_eq!(twins, 1, "two entries of one address");
        }
    }

    #[test]
    fn a_rule_is_on_for_nobody_whose_address_another_has(desired in desired(), mut actual in actual()) {
        for change in plan(&desired, &actual, 60).0.iter().filter_map(|drift| drift.change.as_ref()) {
            carry_out(&mut actual, change);
        }
        let alone = |allowed: &&Allowed| {
            let holders = actual.tunnels.iter().filter(|now| now.address == allowed.tunnel.address).count();
            holders == 1 && actual.tunnels.iter().any(|now| now.is_same(&allowed.tunnel))
        };
        let inside: HashSet<_> = desired.allowed.iter().filter(alone).map(|allowed| allowed.account).collect();
        for bound in &desired.rules {
            let Some(rules) = &actual.rules else { return Ok(()) };
            let same = rules.iter().filter(|rule| rule.comment == bound.comment).count();
            let rule = rules.iter().find(|rule| rule.id == bound.rule_id && rule.comment == bound.comment);
            let is_on = same == 1 && rule.is_some_and(|rule| rule.enabled);
            prop_assert!(!is_on || inside.contains(&bound.account), "{actual:?}");
        }
    }

    #[test]
    fn a_rule_that_is_not_what_was_bound_is_never_touched(desired in desired(), actual in actual()) {
        let (drifts, _) = plan(&desired, &actual, 60);
        for drift in &drifts {
            if let Some(Change::SwitchRule { rule_id, comment, .. }) = &drift.change {
                let rules = actual.rules.as_deref().expect("what was not read is not touched");
                let same = rules.iter().filter(|rule| rule.comment == *comment).count();
                prop_assert_eq!(same, 1);
                prop_assert!(rules.iter().any(|rule| rule.id == *rule_id && rule.comment == *comment));
            }
        }
    }
}

#[test]
fn comments_are_ascii_and_name_account_and_session() {
    let mut named = tunnel(1, 1);
    named.username = "иван %:".to_owned();
    assert_eq!(allow_comment(&named), "sallyport:%D0%B8%D0%B2%D0%B0%D0%BD%20%25::0x8101");
}

#[test]
fn an_entry_made_by_hand_that_lets_no_tunnel_through_is_only_reported() {
    let entry = |address: &str| Entry {
        id: "*1".to_owned(),
        address: address.to_owned(),
        comment: b"printer".to_vec(),
        timeout: None,
        disabled: false,
    };
    let given = Range::parse("10.8.0.2-10.8.0.254");
    let cases = [
        ("192.168.1.9", given, false),
        ("10.8.0.77", given, true),
        ("10.8.0.0/16", given, true),
        // A tunnel has it, whatever gave it out.
        ("10.9.0.0/24", given, true),
        ("printer.example.org", given, true),
        // Nobody knows what the router gives out.
        ("192.168.1.9", None, true),
    ];
    for (address, given, removed) in cases {
        let other = Tunnel { address: Some("10.9.0.3".to_owned()), ..tunnel(1, 1) };
        let actual = Actual {
            tunnels: vec![Arc::new(other)],
            allow: vec![entry(address)],
            given: given.map(|given| vec![given]),
            ..Actual::default()
        };
        let (drifts, _) = plan(&Desired::default(), &actual, 60);
        let changes: Vec<_> = drifts.iter().map(|drift| drift.change.is_some()).collect();
        assert_eq!(changes, [removed], "{address}");
    }
}
