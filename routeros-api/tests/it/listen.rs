//! Streams of changes.

use std::time::Duration;

use routeros_api::{CloseReason, Command, ConnectOptions, Error, Event, menus::RowEvent, menus::ppp_active};
use tokio::sync::oneshot;

use crate::fake::{play, router};

fn listen() -> Command {
    Command::new("/ppp/active/listen").proplist(&[".id", ".dead", "name"])
}

#[tokio::test]
async fn rows_come_and_go_and_the_cancel_of_a_real_router_is_followed() {
    let (connection, router) = router(|mut peer| async move {
        let listen = peer.expect("/ppp/active/listen").await;
        assert!(listen.words[1].starts_with("=.proplist=.dead,.id,name,"), "{listen:?}");
        assert!(!listen.words.iter().any(|word| word.starts_with('?')), "with a query no deaths are told");
        peer.say("!re", &listen.tag, &["=.id=*8", "=name=ivan", "=caller-id=1.2.3.4", "=session-id=0x81"])
            .await;
        peer.say("!re", &listen.tag, &["=.id=*8", "=.dead=true"]).await;
        peer.say("!re", &listen.tag, &["=.id=*9", "=.dead=yes"]).await;
        let cancel = peer.expect("/cancel").await;
        assert!(cancel.has(&format!("=tag={}", listen.tag)));
        // As measured: trap, done of the cancel, empty, done of the listen.
        peer.say("!trap", &listen.tag, &["=category=2", "=message=interrupted"]).await;
        peer.done(&cancel.tag).await;
        peer.say("!empty", &listen.tag, &[]).await;
        peer.done(&listen.tag).await;
        let print = peer.expect("/ppp/active/print").await;
        peer.done(&print.tag).await;
    });
    let mut changes = ppp_active::listen(&connection).await.expect("started");
    let Some(Ok(RowEvent::Changed(tunnel))) = changes.next().await else { panic!("a tunnel came") };
    assert!(tunnel.name == "ivan" && tunnel.session_id == "0x81" && tunnel.id.raw() == b"*8");
    assert_eq!(tunnel.id.generation(), connection.generation());
    for id in [b"*8", b"*9"] {
        let Some(Ok(RowEvent::Dead(dead))) = changes.next().await else { panic!("a tunnel went") };
        assert_eq!(dead.raw(), id);
    }
    changes.cancel().await.expect("confirmed");
    ppp_active::print(&connection).await.expect("goes on");
    assert_eq!(connection.orphans(), 0, "no tag is left behind");
    router.await.expect("the story ends");
}

#[tokio::test]
async fn dropping_cancels_and_late_rows_are_nobodys() {
    let (connection, router) = router(|mut peer| async move {
        let listen = peer.expect("/ppp/active/listen").await;
        let cancel = peer.expect("/cancel").await;
        assert!(cancel.has(&format!("=tag={}", listen.tag)));
        peer.say("!re", &listen.tag, &["=.id=*8"]).await;
        peer.say("!trap", &listen.tag, &["=category=2", "=message=interrupted"]).await;
        peer.done(&cancel.tag).await;
        peer.done(&listen.tag).await;
        let print = peer.hear().await;
        peer.done(&print.tag).await;
    });
    drop(connection.listen(listen()).await.expect("started"));
    connection.call(Command::new("/ppp/active/print")).await.expect("goes on");
    assert_eq!(connection.orphans(), 0);
    router.await.expect("the story ends");
}

#[tokio::test]
async fn a_refusal_is_the_first_item() {
    let (connection, _router) = router(|mut peer| async move {
        let listen = peer.hear().await;
        peer.say("!trap", &listen.tag, &["=message=no such command"]).await;
        peer.done(&listen.tag).await;
        peer.hear().await;
    });
    let mut stream = connection.listen(listen()).await.expect("sent");
    let Some(Err(Error::Trap(trap))) = stream.next().await else { panic!("refused") };
    assert!(trap.is_no_such_command());
    assert!(stream.next().await.is_none());
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn the_end_of_the_connection_is_told_after_the_rows() {
    let (connection, _router) = router(|mut peer| async move {
        let listen = peer.hear().await;
        peer.say("!re", &listen.tag, &["=.id=*8", "=name=ivan"]).await;
    });
    let mut stream = connection.listen(listen()).await.expect("sent");
    assert!(matches!(stream.next().await, Some(Ok(Event::Changed(_)))));
    let end = stream.next().await;
    assert!(
        matches!(
            end,
            Some(Err(Error::Closed { sent: true, reason: CloseReason::Eof { mid_sentence: false } }))
        ),
        "{end:?}"
    );
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_slow_owner_loses_events_and_is_told_while_others_are_served() {
    let options = ConnectOptions { listen_buffer: 2, ..ConnectOptions::default() };
    let (flooded, is_flooded) = oneshot::channel();
    let (connection, _router) = play(options, |mut peer| async move {
        let listen = peer.expect("/ppp/active/listen").await;
        for _ in 0..5 {
            peer.say("!re", &listen.tag, &["=.id=*8", "=name=ivan"]).await;
        }
        let print = peer.expect("/ppp/active/print").await;
        peer.done(&print.tag).await;
        is_flooded.await.expect("told");
        peer.say("!re", &listen.tag, &["=.id=*9", "=.dead=true"]).await;
        std::future::pending::<()>().await;
    });
    let mut stream = connection.listen(listen()).await.expect("sent");
    connection.call(Command::new("/ppp/active/print")).await.expect("served although the listen is full");
    assert!(matches!(stream.next().await, Some(Ok(Event::Lost(3)))));
    assert!(matches!(stream.next().await, Some(Ok(Event::Changed(_)))));
    assert!(matches!(stream.next().await, Some(Ok(Event::Changed(_)))));
    flooded.send(()).expect("the router waits");
    assert!(matches!(stream.next().await, Some(Ok(Event::Dead(_)))));
}

#[tokio::test(start_paused = true)]
async fn a_cancel_that_is_not_confirmed_leaves_the_tag_reserved() {
    let (connection, _router) = router(|mut peer| async move { while peer.try_hear().await.is_some() {} });
    let stream = connection.listen(listen()).await.expect("sent");
    let error = stream.cancel().await.expect_err("not confirmed");
    assert!(matches!(error, Error::Timeout { sent: true, after } if after == Duration::from_secs(2)));
    assert!(connection.orphans() >= 1);
}

#[tokio::test]
async fn a_closed_connection_starts_no_stream() {
    let (connection, _router) = router(|peer| async move { drop(peer) });
    assert!(matches!(
        connection.closed().await,
        CloseReason::Eof { mid_sentence: false } | CloseReason::Io(_)
    ));
    let error = connection.listen(listen()).await.expect_err("closed");
    assert!(!error.was_sent(), "{error:?}");
}
