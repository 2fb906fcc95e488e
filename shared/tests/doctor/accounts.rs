//! Whose tunnels are boxed: profiles, RADIUS, bridges, and tunnels that are up.

use crate::facts::{holds, of, opens, rules, sound};
use sallyport_shared::doctor::{Account, Profile, Server, Severity, Stray, UserManager};

#[test]
fn accounts_of_radius_name_profiles_and_lists_of_their_own() {
    let mut facts = sound();
    facts.user_manager = Some(UserManager { accounting: true, interim_update: true, incoming: Some(true) });
    facts.profiles.push(Profile { name: "vip".to_owned(), ..Profile::default() });
    facts.servers = vec![Server { service: "l2tp".to_owned(), profile: "vpn".to_owned(), ethernet: false }];
    let olga = Account { name: "olga".to_owned(), linked: true, ..Account::default() };
    facts.accounts = vec![Account { profile: Some("vip".to_owned()), ..olga.clone() }];
    let remedy = opens(&facts, "profile vip does not put");
    assert!(remedy.contains("[find name=vip] address-list=sandbox"), "{remedy}");
    // A list of the account's own wins over the profile's, either way.
    facts.accounts[0].lists = Some(vec!["sandbox".to_owned(), "vips".to_owned()]);
    holds(&facts);
    facts.accounts = vec![Account { lists: Some(vec!["vips".to_owned()]), ..olga }];
    opens(&facts, "RADIUS takes accounts out of the box");
    facts.accounts[0].linked = false;
    opens(&facts, "RADIUS takes accounts of nobody out of the box");
    // Whose accounts nobody can list get the servers' profiles.
    facts.accounts.clear();
    facts.servers[0].profile = "vip".to_owned();
    holds(&facts);
    // Networks behind their tunnels are held by the interface.
    facts.profiles[0].interface_list = Some("vpn".to_owned());
    let by_interface = rules(&["chain=forward in-interface-list=vpn action=jump jump-target=guard"]);
    facts.rules.filter.extend(by_interface);
    facts.radius_elsewhere = true;
    opens(&facts, "Accounts of RADIUS get the profile vip");
    facts.servers[0].profile = "vpn".to_owned();
    holds(&facts);
}

#[test]
fn what_goes_into_a_bridge_is_in_no_box() {
    let mut facts = sound();
    facts.profiles.push(Profile {
        name: "spare".to_owned(),
        bridge: Some("bridge".to_owned()),
        ..facts.profiles[0].clone()
    });
    holds(&facts);
    facts.accounts[0].profile = Some("spare".to_owned());
    assert!(
        opens(&facts, "spare may put tunnels into the bridge").contains("unset [find name=spare] bridge")
    );
    let mut facts = sound();
    facts.servers = vec![Server { service: "ovpn".to_owned(), profile: "vpn".to_owned(), ethernet: true }];
    opens(&facts, "takes frames");
}

#[test]
fn tunnels_that_are_up_and_not_on_the_list_are_free() {
    let mut facts = sound();
    let stray = |address: Option<&str>, allowed| Stray {
        name: "ivan".to_owned(),
        address: address.map(|address| address.parse().unwrap()),
        allowed,
    };
    facts.strays = vec![stray(Some("10.8.0.9"), false)];
    assert!(opens(&facts, "not in the box").contains("/ppp active remove [find name=ivan]"));
    facts.strays = vec![stray(Some("10.8.0.9"), true)];
    assert_eq!(
        of(&holds(&facts), Severity::Warning),
        ["tunnels: Tunnels that are let through are not on sandbox"]
    );
    facts.strays = vec![stray(None, false)];
    opens(&facts, "without an address");
    // Another rule holds them: a box of another kind.
    facts.strays = vec![stray(Some("10.8.0.9"), false)];
    facts.rules.filter.extend(rules(&["chain=forward src-address=10.8.0.0/24 action=drop"]));
    holds(&facts);
}

#[test]
fn profiles_that_do_not_box_are_named_with_their_accounts() {
    let mut facts = sound();
    facts.profiles.push(Profile { name: "default".to_owned(), ..Profile::default() });
    holds(&facts);
    let stray = |linked| Account {
        name: "пётр".to_owned(),
        profile: Some("default".to_owned()),
        linked,
        ..Account::default()
    };
    facts.accounts.push(stray(false));
    opens(&facts, "Accounts of nobody have a profile without the box");
    facts.accounts[1] = stray(true);
    let remedy = opens(&facts, "profile default does not put");
    assert!(remedy.contains("/ppp profile set [find name=default] address-list=sandbox"), "{remedy}");
    facts.profiles.remove(0);
    opens(&facts, "Nothing puts tunnels into the box");
}

#[test]
fn accounts_of_radius_have_the_profile_of_the_server() {
    let mut facts = sound();
    facts.user_manager = Some(UserManager { accounting: true, interim_update: true, incoming: Some(true) });
    facts.profiles.push(Profile { name: "default".to_owned(), ..Profile::default() });
    facts.accounts = vec![Account { name: "olga".to_owned(), linked: true, ..Account::default() }];
    facts.servers = vec![Server { service: "l2tp".to_owned(), profile: "vpn".to_owned(), ethernet: false }];
    holds(&facts);
    facts.servers[0].profile = "default".to_owned();
    opens(&facts, "profile default does not put");
}
