//! How the server gets at the router: services, certificate, account; and the profile that lets everybody through.

use crate::model::{item, wanted};
use sallyport_shared::{
    language::Language,
    router::setup::{Item, Raw, Seen, Step, plan},
};

#[test]
fn a_profile_that_lets_everybody_through_is_mended() {
    let profile = item(1, &[("name", "vpn"), ("address-list", "2fa-allowed,staff"), ("use-ipv6", "no")]);
    let seen = Seen { used_profiles: [Raw::from("vpn")].into(), profiles: vec![profile], ..Seen::default() };
    let plan = plan(&seen, &wanted());
    let step = plan.steps.iter().find(|step| step.key == "profile:vpn").unwrap();
    assert!(step.script.contains("address-list=staff,2fa-sandboxed"), "{}", step.script);
    assert!(step.notes.iter().any(|words| words.say(Language::En).contains("lets them through")));
}

/// A step of a router whose server is logged in from these addresses.
fn of_servers(servers: &[&str], services: Vec<Item>, key: &str) -> Step {
    let servers = servers.iter().map(|address| (*address).to_owned()).collect();
    let plan = plan(&Seen { servers, services, ..Seen::default() }, &wanted());
    plan.steps.into_iter().find(|step| step.key == key).unwrap()
}

#[test]
fn an_address_that_may_change_is_bound_only_when_it_is_asked_for() {
    let bind = |servers: &[&str], bound| {
        of_servers(servers, vec![item(1, &[("name", "api"), ("address", bound)])], "service:api")
    };
    for (servers, optional) in [
        (&["10.0.0.2"][..], false),
        (&["127.0.0.1"], false),
        (&["fd00::2"], false),
        (&["198.51.100.7"], true),
        (&["10.0.0.2", "198.51.100.7"], true),
        (&["2001:db8::1"], true),
    ] {
        let step = bind(servers, "");
        assert_eq!((step.optional, step.is_present()), (optional, false), "{servers:?}");
    }
    assert!(bind(&["10.0.0.2"], "192.0.2.0/24").is_present(), "somebody wanted that");
    for everybody in ["0.0.0.0/0", "::/0", "192.0.2.1/32,0.0.0.0/0"] {
        let step = bind(&["10.0.0.2"], everybody);
        assert!(!step.is_present() && step.script.contains("address=10.0.0.2/32"), "{everybody}");
    }
}

#[test]
fn tls_that_is_off_is_not_switched_on_for_everybody() {
    let service = |more: &[(&str, &str)]| {
        let mut values = vec![("name", "api-ssl"), ("certificate", "none")];
        values.extend(more);
        vec![item(2, &values)]
    };
    assert!(of_servers(&[], service(&[("disabled", "true")]), "tls").obstacle.is_some());
    assert!(of_servers(&["10.0.0.2"], service(&[("disabled", "true")]), "tls").obstacle.is_none());
    let bound = service(&[("disabled", "true"), ("address", "10.0.0.0/8")]);
    assert!(of_servers(&[], bound, "tls").obstacle.is_none());
    assert!(of_servers(&[], service(&[]), "tls").obstacle.is_none(), "it was on before");
}

#[test]
fn a_certificate_for_another_host_is_not_taken_for_ours() {
    let step = |subject: &str| {
        let certificate = |id, name: &str, subject: &str| {
            item(id, &[("name", name), ("subject-alt-name", subject), ("private-key", "true")])
        };
        let seen = Seen {
            servers: vec!["10.0.0.2".to_owned()],
            certificates: vec![certificate(1, "sallyport-ca", ""), certificate(2, "sallyport-api", subject)],
            services: vec![item(
                2,
                &[("name", "api-ssl"), ("certificate", "sallyport-api"), ("tls-version", "only-1.2")],
            )],
            ..Seen::default()
        };
        plan(&seen, &wanted()).steps.into_iter().find(|step| step.key == "tls").unwrap()
    };
    assert!(step("IP:192.0.2.1").is_present() && step("DNS:router.example,IP:192.0.2.1").is_present());
    let other = step("DNS:router.example");
    assert!(!other.is_present());
    assert!(other.script.contains("subject-alt-name=IP:192.0.2.1"), "{}", other.script);
    assert!(other.script.contains("certificate=sallyport-api-192.0.2.1"), "{}", other.script);
}

#[test]
fn the_servers_own_account_is_bound_to_what_lasts() {
    let step = |servers: &[&str], bound: &str| {
        let seen = Seen {
            rights: Some(["read", "write", "api", "policy"].map(str::to_owned).into()),
            servers: servers.iter().map(|address| (*address).to_owned()).collect(),
            services: vec![item(1, &[("name", "api"), ("address", bound)])],
            ..Seen::default()
        };
        let steps = plan(&seen, &wanted()).steps;
        let step = steps.into_iter().find(|step| step.key == "api-user").unwrap();
        let said: Vec<String> = step.notes.iter().map(|words| words.say(Language::En)).collect();
        (step.script, said.join(" "))
    };
    let (script, said) = step(&["10.0.0.2"], "");
    assert!(
        script.contains("address=10.0.0.2/32") && said.contains("from 10.0.0.2/32 alone"),
        "{script} {said}"
    );
    let (script, said) = step(&["198.51.100.7"], "");
    assert!(!script.contains("address=") && said.contains("from any address"), "{script} {said}");
    let (script, said) = step(&["198.51.100.7"], "198.51.100.0/24");
    assert!(
        script.contains("address=198.51.100.0/24") && said.contains("from 198.51.100.0/24 alone"),
        "{said}"
    );
}
