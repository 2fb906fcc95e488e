//! Who would be locked out.

use crate::model::{item, wanted};
use sallyport_shared::{
    language::Language,
    router::setup::{Inside, Listed, Raw, Seen, plan},
};

#[test]
fn whoever_is_not_shown_may_be_locked_out() {
    let profile = item(1, &[("name", "vpn"), ("use-ipv6", "no")]);
    let mut seen = Seen {
        logins_unknown: true,
        used_profiles: [Raw::from("vpn")].into(),
        profiles: vec![profile],
        ..Seen::default()
    };
    let obstacle = |seen: &Seen, key: &str| {
        let step = plan(seen, &wanted()).steps.into_iter().find(|step| step.key == key).unwrap();
        step.obstacle.map(|words| words.say(Language::En)).unwrap_or_default()
    };
    for key in ["ban", "input", "profile:vpn"] {
        assert_eq!(obstacle(&seen, key), "", "nobody is there to be locked out: {key}");
    }
    let listed = |list: &str| Listed { list: list.to_owned(), address: "203.0.113.7".to_owned() };
    seen.listed = vec![listed("2fa-banned")];
    seen.inside = vec![Inside { profile: Some("vpn".into()), networks: vec!["10.8.0.7".to_owned()] }];
    assert!(obstacle(&seen, "ban").contains("cannot be told"));
    assert!(obstacle(&seen, "profile:vpn").contains("cannot be told"));
    assert_eq!(obstacle(&seen, "input"), "");
    seen.logins_unknown = false;
    assert_eq!(obstacle(&seen, "ban") + &obstacle(&seen, "profile:vpn"), "");
}
