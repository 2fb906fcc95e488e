//! The whole set-up on random routers, and all its words.

use crate::{
    locales::blanks,
    model::{Model, wanted},
    random::seen,
};
use proptest::prelude::*;
use sallyport_shared::{
    language::Language,
    message::Texts,
    router::setup::{Change, Item, plan, script},
};

/// No rule of somebody else that may let a packet pass stands above ours, and ours are in force.
fn holds(items: &[Item]) -> bool {
    let stops = ["drop", "reject", "log", "passthrough"];
    ["forward", "input"].iter().all(|chain| {
        let of_chain = items.iter().filter(|item| item.text("chain") == *chain && !item.is("dynamic"));
        let jump = |item: &&Item| {
            item.text("action") == "jump" && item.text("jump-target").starts_with("sallyport-")
        };
        let above: Vec<&Item> = of_chain.take_while(|item| !jump(item)).collect();
        let own_way = |item: &Item| item.text("comment") == "sallyport:the server to the API";
        let harmless = |item: &&Item| own_way(item) || stops.contains(&&*item.text("action"));
        above.len() < items.len() && above.iter().all(harmless)
    })
}

/// Nothing drops banned callers before the server has passed.
fn lets_the_server_in(items: &[Item]) -> bool {
    let mut input = items.iter().filter(|item| item.text("chain") == "input" && !item.is("dynamic"));
    let decides = |item: &&Item| {
        let own_way =
            item.text("comment") == "sallyport:the server to the API" && item.text("action") == "accept";
        let drops = item.text("src-address-list") == "2fa-banned" && item.text("action") == "drop";
        own_way || drops
    };
    input.find(decides).is_some_and(|first| first.text("action") == "accept")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn applied_is_clean_twice_is_nothing_undone_is_as_before(seen in seen()) {
        let (mut wanted, before) = (wanted(), seen.clone());
        let mut router = Model::new(seen);
        let first = plan(&router.seen, &wanted);
        let done = router.apply(&mut wanted, &first, usize::MAX);
        let second = plan(&router.seen, &wanted);
        let open: Vec<_> = second
            .steps
            .iter()
            .filter(|step| !step.is_present() && step.obstacle.is_none())
            .map(|step| (&step.key, &step.changes))
            .collect();
        prop_assert!(open.is_empty(), "{open:#?}");
        prop_assert!(holds(&router.seen.filter));
        prop_assert!(lets_the_server_in(&router.seen.filter));
        let again = router.clone();
        prop_assert!(router.apply(&mut wanted, &second, usize::MAX).is_empty());
        prop_assert_eq!(&router, &again);
        router.undo(&mut wanted, done, before.rights.clone());
        let (after, before) = (router.tidy(), Model::new(before).tidy());
        prop_assert_eq!(after, before);
    }

    #[test]
    fn broken_off_anywhere_it_can_be_gone_on_with_and_undone(seen in seen(), most in 0..60_usize) {
        let (mut wanted, before) = (wanted(), seen.clone());
        let mut router = Model::new(seen);
        let first = plan(&router.seen, &wanted);
        let mut done = router.apply(&mut wanted, &first, most);
        wanted.knows_api_user = true;
        let rest = plan(&router.seen, &wanted);
        done.extend(router.apply(&mut wanted, &rest, usize::MAX));
        let clean = plan(&router.seen, &wanted);
        prop_assert!(clean.steps.iter().all(|step| step.is_present() || step.obstacle.is_some()));
        router.undo(&mut wanted, done, before.rights.clone());
        prop_assert_eq!(router.tidy(), Model::new(before).tidy());
    }

    #[test]
    fn every_change_has_a_script_and_survives_the_journal(seen in seen()) {
        for (_, change) in plan(&seen, &wanted()).changes {
            prop_assert!(!script(&change).is_empty());
            let kept = serde_json::to_string(&change).unwrap();
            prop_assert_eq!(serde_json::from_str::<Change>(&kept).unwrap(), change);
        }
    }

    #[test]
    fn all_words_are_there(seen in seen()) {
        for step in plan(&seen, &wanted()).steps {
            let all = [&step.title, &step.about].into_iter().chain(&step.notes).chain(&step.obstacle);
            for words in all {
                for language in Language::ALL {
                    let text = words.say(language);
                    prop_assert!(!text.starts_with("setup-") && !text.contains("{$") && !text.contains("{ $"), "{}", text);
                }
            }
        }
    }
}

#[test]
fn both_languages_say_the_same_things() {
    let english = blanks(include_str!("../../locales/setup.en.ftl"));
    assert_eq!(english, blanks(include_str!("../../locales/setup.ru.ftl")));
    for key in english.keys() {
        assert!(Language::ALL.iter().all(|language| Texts::of_setup(*language).has(key)), "{key}");
    }
}
