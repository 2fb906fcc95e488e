//! The connection breaks in the middle, at every place: applying again ends clean, undoing ends as before.

use crate::cast::{Cast, FULL, bare};
use sallyport::{ops::OpError, store::records::RouterMode};
use sim::routeros::{Fault, FaultKind};
use std::{collections::BTreeMap, time::Duration};

/// The commands that change something, and which of them are met, one in each run.
const WRITES: [(&str, &[u64]); 4] = [
    ("/ip/firewall/filter/", &[0, 3, 6, 9]),
    ("/ppp/profile/set", &[0, 1, 2]),
    ("/certificate/", &[0, 1, 2]),
    ("/ip/service/set", &[0, 1]),
];

/// Breaks the connection at the `number`th command (reads included) in a way; false: there were not so many.
async fn broken_at(cast: &Cast, kind: FaultKind, number: u64) -> bool {
    cast.sim.fault(Fault::new(kind).after(number).times(1));
    let outcome = cast.try_apply(None).await;
    cast.sim.clear_faults();
    match outcome {
        Ok(_) => false,
        Err(OpError::RouterUnreachable { .. }) => true,
        Err(error) => panic!("command {number}: {error:?}"),
    }
}

async fn resumed(kind: FaultKind, first: u64, stride: u64) {
    let mut number = first;
    let mut broke = 0;
    loop {
        let cast = Cast::of(bare(FULL)).await;
        let before = cast.state();
        if !broken_at(&cast, kind.clone(), number).await {
            break;
        }
        broke += 1;
        let applied = cast.apply().await;
        assert!(applied.plan.is_clean(), "command {number}: {:?}", applied.failed);
        let rules = cast.sim.rows("ip/firewall/filter");
        let mut comments: Vec<_> = rules.iter().filter_map(|row| row.text("comment")).collect();
        comments.sort();
        let all = comments.len();
        comments.dedup();
        assert_eq!(comments.len(), all, "command {number}: nothing is there twice");
        let undone = cast.undo().await;
        assert!(undone.left.is_empty() && undone.standing == 0, "command {number}: {:?}", undone.left);
        assert_eq!(cast.state(), before, "command {number}");
        number += stride;
    }
    assert!(broke > 5, "the faults met the set-up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_after_any_command_is_resumed() {
    resumed(FaultKind::Reset, 0, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_lost_before_any_command_is_resumed() {
    resumed(FaultKind::DropBefore, 3, 7).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undone_from_wherever_it_broke_off() {
    let mut broke = BTreeMap::new();
    for (menu, number) in WRITES.iter().flat_map(|(menu, which)| which.iter().map(move |at| (*menu, *at))) {
        let cast = Cast::of(bare(FULL)).await;
        let before = cast.state();
        cast.sim.fault(Fault::new(FaultKind::Reset).on(menu).after(number).times(1));
        *broke.entry(menu).or_insert(0) += usize::from(cast.try_apply(None).await.is_err());
        cast.sim.clear_faults();
        let undone = cast.undo().await;
        assert!(undone.left.is_empty() && undone.standing == 0, "{menu} {number}: {:?}", undone.left);
        assert_eq!(cast.state(), before, "{menu} {number}");
    }
    assert!(broke.values().all(|broke| *broke > 0), "each menu was met: {broke:?}");
    assert!(broke.values().sum::<usize>() >= 9, "most faults met the set-up: {broke:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_broke_off_is_undone_further() {
    let mut broke = 0;
    for number in (0..120).step_by(13) {
        let cast = Cast::of(bare(FULL)).await;
        let before = cast.state();
        cast.apply().await;
        cast.sim.fault(Fault::new(FaultKind::Reset).after(number).times(1));
        broke += usize::from(cast.try_undo().await.is_err());
        cast.sim.clear_faults();
        let undone = cast.undo().await;
        assert!(undone.left.is_empty() && undone.standing == 0, "command {number}: {:?}", undone.left);
        assert_eq!(cast.state(), before, "command {number}");
    }
    assert!(broke >= 5, "{broke} of 10 faults met the undoing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_command_fails_its_step_alone() {
    let cast = Cast::of(bare("read,write,api")).await;
    let refusal = FaultKind::Trap { message: "failure: not allowed by device-mode".to_owned() };
    cast.sim.fault(Fault::new(refusal).on("/ppp/profile/set").times(1));
    let applied = cast.apply().await;
    let failed: Vec<_> = applied.failed.keys().collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].starts_with("profile:"));
    let step = applied.plan.steps.iter().filter(|step| !step.is_present() && !step.optional).count();
    assert_eq!(step, 1, "all others hold");
    assert!(cast.apply().await.plan.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_are_one_after_the_other() {
    let cast = Cast::of(bare("read,write,api")).await;
    let (one, other) = tokio::join!(cast.try_apply(None), cast.try_apply(None));
    for outcome in [one, other] {
        match outcome {
            Ok(report) => assert!(report.failed.is_empty()),
            Err(error) => assert!(matches!(error, OpError::Conflict(_)), "{error:?}"),
        }
    }
    assert!(cast.plan().await.plan.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_stops_where_the_router_is_only_observed_from_then_on() {
    let cast = Cast::of(bare(FULL)).await;
    let before = cast.state();
    cast.sim.fault(Fault::slow(Duration::from_millis(100)).on("/ip/firewall/filter/add"));
    let observed = async {
        cast.sim.wait_for(|entry| entry.command == "/ip/firewall/filter/add").await.unwrap();
        cast.set_mode(RouterMode::Observe).await;
        cast.sim.writes()
    };
    let (applied, writes) = tokio::join!(cast.try_apply(None), observed);
    assert!(matches!(applied, Err(OpError::Conflict(_))), "{applied:?}");
    assert!(cast.sim.writes() <= writes + 1, "no more than what was under way");
    assert!(matches!(cast.try_undo().await, Err(OpError::Conflict(_))), "nor is anything taken back");
    cast.set_mode(RouterMode::Enforce).await;
    let undone = cast.undo().await;
    assert!(undone.left.is_empty() && undone.standing == 0, "{:?}", undone.left);
    assert_eq!(cast.state(), before);
}
