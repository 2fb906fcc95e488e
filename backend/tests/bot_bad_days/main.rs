//! Bad days: what is lost, comes twice, is too much or cannot be done, and what people and administrators read then.

#[path = "../bot_cast/mod.rs"]
mod bot_cast;
mod broken;
mod delays;
mod late;
mod questions;
mod reports;
mod updates;

use bot_cast::{BotCast, hears};
use sallyport::store::records::AlertRecord;
use sim::telegram::Person;

/// How many messages of the bot say so.
fn said(person: &Person, text: &str) -> usize {
    person.messages().iter().filter(|message| message.from_bot() && message.text.contains(text)).count()
}

async fn open_alerts(cast: &BotCast) -> Vec<AlertRecord> {
    cast.app.store.read().await.unwrap().open_alerts().await.unwrap()
}

use broken::*;
use delays::*;
use late::*;
use questions::*;
use reports::*;
use updates::*;

stories! {
    whoever_did_not_come_in_time_is_not_told_to_connect,
    a_session_that_is_over_needs_no_more_time,
    what_came_of_a_delay_takes_its_place,
    what_is_still_true_is_told_however_late,
    the_copy_of_a_question_shows_what_came_of_it,
    the_first_copy_may_be_answered_as_well,
    the_copy_of_a_denied_question_says_so,
    the_copy_of_a_denied_question_says_so_in_russian,
    the_copy_of_a_question_that_an_administrator_denied_says_so,
    a_copy_that_is_tapped_too_late_says_so,
    a_forged_button_takes_nothing_off_the_messages_of_others,
    a_start_settles_only_that_the_bot_could_not_write,
    a_message_that_telegram_refused_is_reported_as_such,
    every_alarm_is_told_and_what_came_of_it,
    a_box_that_is_open_for_another_reason_does_not_hold_again,
    an_end_that_the_router_refuses_is_told_and_reported_once,
    a_denial_that_the_router_refuses_is_told_and_reported_until_it_is_closed,
    operators_hear_of_a_refusal_where_the_person_has_heard_all,
    an_account_that_cannot_be_switched_on_is_told_and_reported,
    a_router_that_is_back_and_refuses_is_told_of_after_a_restart_too,
    menus_that_telegram_does_not_take_keep_nobody_waiting,
    odd_updates_hold_up_nobody,
    an_update_that_always_fails_is_passed_over,
    in_a_group_codes_and_buttons_do_nothing,
    many_taps_are_too_many,
    an_answer_to_a_tap_waits_as_long_as_telegram_asks_for,
    a_handler_that_breaks_down_once_loses_nothing,
    an_update_whose_handler_always_breaks_down_is_passed_over,
    registrations_that_are_filed_again_and_again_are_too_many,
    who_blocks_and_unblocks_all_the_time_is_no_news,
    administrators_have_a_button_for_what_waits,
    help_is_for_the_way_in_which_access_works,
    who_is_approved_is_told_how_they_get_access,
}
