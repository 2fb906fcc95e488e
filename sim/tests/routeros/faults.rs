//! What can go wrong, and what the journal says of it.

use crate::support::{Wire, furnished};
use sim::routeros::{Fault, FaultKind, Outcome};
use tokio::net::TcpStream;

const ADD: [&str; 3] = ["/ip/firewall/address-list/add", "=list=allow", "=address=10.8.0.2"];

#[tokio::test]
async fn an_answer_can_be_lost_before_and_after_the_command_was_carried_out() {
    for (kind, carried_out, outcome) in [
        (FaultKind::DropBefore, false, Outcome::Lost),
        (FaultKind::DropAfter, true, Outcome::DoneUnanswered),
        (FaultKind::Reset, true, Outcome::DoneUnanswered),
        (FaultKind::HalfSentence, true, Outcome::DoneUnanswered),
    ] {
        let router = furnished("7.22.3").start().await.unwrap();
        let mut wire = Wire::logged_in(&router).await;
        router.fault(Fault::new(kind.clone()).on("/ip/firewall/address-list/").times(1));
        wire.done(&["/ppp/active/print", "=count-only="]).await;
        assert!(wire.ask(&ADD).await.is_empty(), "{kind:?}");
        assert_eq!(router.address_list("allow").len(), usize::from(carried_out), "{kind:?}");
        let entry = router.wait_for(|entry| entry.write).await.unwrap();
        assert_eq!((entry.outcome, router.writes()), (outcome, 1), "{kind:?}");
        let mut again = Wire::logged_in(&router).await;
        assert_eq!(again.ask(&ADD).await.len(), 1 + usize::from(carried_out), "{kind:?}: met once only");
    }
}

#[tokio::test]
async fn a_command_can_be_answered_and_not_carried_out() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    router.fault(Fault::new(FaultKind::Ignore).on("/ip/firewall/address-list/").times(1));
    wire.done(&ADD).await;
    assert!(router.address_list("allow").is_empty());
    wire.done(&ADD).await;
    assert_eq!(router.address_list("allow").len(), 1, "met once only");
}

#[tokio::test]
async fn a_hanging_command_is_never_answered_and_the_rest_goes_on() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    router.fault(Fault::new(FaultKind::Hang).on("/ppp/secret/print").after(1));
    wire.ask(&["/ppp/secret/print", ".tag=1"]).await;
    wire.send(&["/ppp/secret/print", ".tag=2"]).await;
    let answer = wire.ask(&["/system/identity/print", ".tag=3"]).await;
    assert_eq!(answer.last().unwrap(), &["!done", ".tag=3"]);
    assert_eq!(answer.len(), 2, "nothing of tag 2");
    let hanging = router.wait_for(|entry| entry.tag.as_deref() == Some("2")).await.unwrap();
    assert_eq!(hanging.outcome, Outcome::Open);
    router.clear_faults();
    assert_eq!(wire.ask(&["/ppp/secret/print", ".tag=4"]).await.len(), 2);
}

#[tokio::test]
async fn a_slow_command_is_overtaken() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    router.fault(Fault::slow(std::time::Duration::from_secs(1)).times(1));
    wire.send(&["/ppp/active/print", "=count-only=", ".tag=slow"]).await;
    assert_eq!(wire.ask(&["/ppp/active/print", "=count-only=", ".tag=quick"]).await[0][1], ".tag=quick");
    assert_eq!(wire.read().await[1], ".tag=slow");
}

#[tokio::test]
async fn a_trap_can_be_ordered_and_garbage_as_well() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    let message = "failure: not allowed by device-mode".to_owned();
    router.fault(Fault::new(FaultKind::Trap { message: message.clone() }).times(1));
    wire.refused(&ADD, &message).await;
    assert_eq!(router.journal().last().unwrap().outcome, Outcome::Failed(message));
    router.fault(Fault::new(FaultKind::Garbage));
    wire.send(&ADD).await;
    router.wait_for(|entry| entry.outcome == Outcome::Lost).await.unwrap();
    assert_eq!(router.address_list("allow"), [] as [&str; 0]);
}

#[tokio::test]
async fn a_refusing_router_keeps_what_it_has_and_takes_nothing_new() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    router.refuse().await;
    let refused = TcpStream::connect(router.addr()).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    wire.done(&["/ppp/active/print", "=count-only="]).await;
    router.power_off().await;
    assert!(wire.read().await.is_empty());
    router.accept().await;
    Wire::logged_in(&router).await;
}

#[tokio::test]
async fn connections_can_be_broken_and_bad_lengths_break_them() {
    use tokio::io::AsyncWriteExt;

    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    router.break_connections();
    assert!(wire.read().await.is_empty());
    for header in [&[0xFF][..], &[0xF4], &[0xF0, 0x7F, 0xFF, 0xFF, 0xFF], &[0xC1, 0x90, 0x00]] {
        let mut stream = TcpStream::connect(router.addr()).await.unwrap();
        stream.write_all(header).await.unwrap();
        assert!(Wire::over(stream).read().await.is_empty(), "{header:x?}");
    }
}

#[tokio::test]
async fn the_journal_remembers_as_much_as_it_was_told_to_and_counts_all() {
    let router = furnished("7.22.3").journal_limit(3).start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    for _ in 0..5 {
        wire.ask(&["/ppp/secret/set", "=.id=*1", "=password=new"]).await;
    }
    let journal = router.journal();
    assert_eq!((journal.len(), router.commands(), router.writes()), (3, 6, 5));
    assert!(
        journal
            .iter()
            .all(|entry| entry.attribute("password") == Some("***") && entry.outcome == Outcome::Done)
    );
    assert_eq!(journal.last().unwrap().number, 6);
}
