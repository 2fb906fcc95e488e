//! The lines in the scripts of profiles: what shuts and what tells, beside each other and beside what others wrote.

use crate::model::{Model, item, step, wanted};
use sallyport_shared::{
    language::Language,
    router::setup::{Done, Raw, Seen, State, Undo, Wanted, plan, undo},
};

/// A router whose accounts have a profile with this in `on-down`.
fn down(text: &str) -> Seen {
    let values = [("name", "vpn"), ("on-down", text), ("use-ipv6", "no")];
    let used_profiles = [Raw::from("vpn")].into();
    Seen { used_profiles, profiles: vec![item(1, &values)], rights: None, ..Seen::default() }
}

fn text(router: &Model) -> String {
    router.seen.profiles[0].text("on-down").into_owned()
}

#[test]
fn the_line_that_shuts_stands_beside_what_others_wrote_and_beside_the_hooks() {
    let seen = down(":log info down");
    let first = step(&seen, &wanted(), "shut");
    assert!(!first.optional && first.state == State::Missing, "done unless somebody leaves it out");
    let line = ":do { /ip firewall address-list remove [find where list=\"2fa-allowed\" \
                address=$\"remote-address\" comment~\"^sallyport:\"] } on-error={}";
    assert!(
        first.script.contains(r#"list=\"2fa-allowed\" address=\$\"remote-address\""#),
        "{}",
        first.script
    );
    // Both at once, and each alone: nobody's line is lost.
    let keys = ["shut", "hooks"].map(str::to_owned);
    for chosen in [&keys[..], &keys[..1], &keys[1..]] {
        let mut wanted = wanted();
        let mut router = Model::new(seen.clone());
        let plan = plan(&router.seen, &wanted);
        let of_chosen = plan.changes.iter().filter(|(key, _)| chosen.contains(key));
        let done: Vec<Done> = of_chosen.map(|(_, change)| router.make(&mut wanted, change)).collect();
        let now = text(&router);
        let [shuts, tells] = [0, 1].map(|key| chosen.contains(&keys[key]));
        assert!(now.lines().any(|line| line == ":log info down"), "{now}");
        assert_eq!(now.lines().nth(1) == Some(line), shuts, "{now}");
        assert_eq!(now.contains("sallyport-disconnect"), tells, "{now}");
        assert_eq!(step(&router.seen, &wanted, "shut").is_present(), shuts);
        assert_eq!(step(&router.seen, &wanted, "hooks").is_present(), tells);
        // Another list: the old line goes.
        let renamed = Wanted { allow: "in side".to_owned(), ..wanted.clone() };
        let state = if shuts { State::Different } else { State::Missing };
        assert_eq!(step(&router.seen, &renamed, "shut").state, state);
        router.undo(&mut wanted, done, None);
        assert_eq!(text(&router), ":log info down");
    }
    assert!(step(&down("a-script"), &wanted(), "shut").obstacle.is_none(), "there is no such script");
    let named = Seen { scripts: vec![item(1, &[("name", "a-script")])], ..down("a-script") };
    assert!(step(&named, &wanted(), "shut").obstacle.is_some());
}

#[test]
fn a_script_of_the_hooks_without_its_rights_is_different() {
    let mut seen = Seen { version: Some((7, 24, 5)), ..Seen::default() };
    let mut wanted = wanted();
    let mut router = Model::new(seen.clone());
    let hooks = |seen: &Seen, wanted: &Wanted| step(seen, wanted, "hooks");
    router.apply_step(&mut wanted, "hooks");
    assert!(hooks(&router.seen, &wanted).is_present());
    for (name, value) in [("policy", "read,write"), ("dont-require-permissions", "false")] {
        seen = router.seen.clone();
        seen.scripts[0].values.insert(name.to_owned(), value.into());
        let step = hooks(&seen, &wanted);
        assert_eq!(step.state, State::Different, "{name}");
        assert!(step.notes.iter().any(|words| words.say(Language::En).contains("other rights")), "{name}");
    }
    seen.scripts[0].values.insert("dont-require-permissions".to_owned(), "true".into());
    seen.scripts[0].values.insert("policy".to_owned(), "ftp,read,test,write".into());
    assert!(hooks(&seen, &wanted).is_present(), "said in another way");
}

/// Either step may be taken back alone, in either order: what the other one wrote is ours and no hindrance.
#[test]
fn each_step_is_taken_back_alone_and_takes_only_its_own_lines() {
    for (made, first_back) in
        [(["shut", "hooks"], 0), (["shut", "hooks"], 1), (["hooks", "shut"], 0), (["hooks", "shut"], 1)]
    {
        let mut wanted = wanted();
        let mut router = Model::new(down(":log info down"));
        let mut done = made.map(|key| router.apply_step(&mut wanted, key));
        assert!(made.iter().all(|key| step(&router.seen, &wanted, key).is_present()), "{}", text(&router));
        router.undo(&mut wanted, std::mem::take(&mut done[first_back]), None);
        let (gone, stays) = (made[first_back], made[1 - first_back]);
        assert!(!step(&router.seen, &wanted, gone).is_present(), "{}", text(&router));
        assert!(step(&router.seen, &wanted, stays).is_present(), "{}", text(&router));
        router.undo(&mut wanted, std::mem::take(&mut done[1 - first_back]), None);
        assert_eq!(text(&router), ":log info down");
    }
}

#[test]
fn what_somebody_wrote_beside_our_lines_since_stays_and_what_they_did_to_ours_is_left() {
    let mut wanted = wanted();
    let mut router = Model::new(down(":log info down"));
    let done = router.apply_step(&mut wanted, "shut");
    let ours = text(&router);
    let edit = |router: &mut Model, text: &str| {
        router.seen.profiles[0].values.insert("on-down".to_owned(), text.into());
    };
    edit(&mut router, &ours.replace("address-list remove", "address-list disable"));
    let left = undo(&done[0], &router.seen.profiles);
    assert!(matches!(&left, Undo::Leave(words) if words.say(Language::En).contains("on-down")), "{left:?}");
    edit(&mut router, &format!("{ours}\n:log info more"));
    router.undo(&mut wanted, done.clone(), None);
    assert_eq!(text(&router), ":log info down\n:log info more");
    assert_eq!(undo(&done[0], &router.seen.profiles), Undo::Nothing, "it is done");
    // And what was written between the plan and its making.
    let before = plan(&router.seen, &wanted);
    edit(&mut router, ":log info other");
    let (_, change) = before.changes.iter().find(|(key, _)| key == "shut").unwrap();
    router.make(&mut wanted, change);
    assert!(text(&router).ends_with("\n:log info other") && text(&router).contains("address-list remove"));
}

/// Who types the scripts of the steps one below the other loses nothing of the ones above.
#[test]
fn the_script_of_the_hooks_keeps_the_line_that_is_typed_above_it() {
    let seen = down(":log info down");
    let hooks = step(&seen, &wanted(), "hooks");
    assert!(hooks.script.contains("address-list remove") && hooks.script.contains("sallyport-disconnect"));
    assert!(hooks.changes.iter().all(|change| !format!("{change:?}").contains("address-list remove")));
}
