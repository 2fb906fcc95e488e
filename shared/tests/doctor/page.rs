//! The page of those who wait, where a policy sends people to it.

use crate::facts::{GUARD, of, with};
use sallyport_shared::{
    doctor::{Facts, Severity, examine},
    firewall::{Opening, Range},
    language::Language,
};

const OPENING: &str = "chain=guard dst-address=192.0.2.10 protocol=tcp dst-port=443 action=accept";

fn of_people_who_need_it(filter: &[&str]) -> Facts {
    let to = Range::parse("192.0.2.10").into_iter().collect();
    Facts {
        page: Some(Opening { to, tcp_ports: vec![443] }),
        page_for: vec!["Codes".to_owned()],
        ..with(filter)
    }
}

#[test]
fn a_page_that_people_need_must_be_open_to_the_box() {
    let open = of_people_who_need_it(&[GUARD[0], GUARD[1], OPENING, GUARD[2]]);
    let report = examine(&open);
    assert!(report.box_holds);
    assert!(of(&report, Severity::Ok).contains(&"page: Those who wait get to their page".to_owned()));

    let shut = of_people_who_need_it(&GUARD);
    let finding = examine(&shut).findings.into_iter().find(|finding| finding.key == "page").unwrap();
    assert_eq!((finding.severity, finding.opens), (Severity::Warning, false));
    for language in Language::ALL {
        let words = finding.words(language);
        assert!(words.detail.contains("Codes") && words.remedy.unwrap().contains("--only page"));
    }

    let other_port = OPENING.replace("443", "80");
    let elsewhere = of_people_who_need_it(&[GUARD[0], GUARD[1], &other_port, GUARD[2]]);
    let said = of(&examine(&elsewhere), Severity::Warning);
    assert!(said.iter().any(|line| line.starts_with("page:")), "{said:?}");
}

#[test]
fn a_page_without_an_address_is_named_and_one_that_nobody_needs_is_not() {
    let nowhere = Facts { page: None, ..of_people_who_need_it(&GUARD) };
    let said = of(&examine(&nowhere), Severity::Warning);
    assert!(said.contains(&"page: Those who wait do not know where their page is".to_owned()), "{said:?}");
    let unneeded = Facts { page_for: Vec::new(), ..of_people_who_need_it(&GUARD) };
    assert!(!examine(&unneeded).findings.iter().any(|finding| finding.key == "page"));
}
