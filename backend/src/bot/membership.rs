//! Somebody blocked the bot, or lifted the block. Telegram says so at once, before any message fails.

use super::{
    desk::Desk,
    flood::{Kind, Verdict},
};
use crate::ops::{OpResult, reach};
use sallyport_shared::person::TelegramId;
use teloxide::types::ChatMemberUpdated;

/// Telegram's words for the refusal that follows a block.
const BLOCKED: &str = "Forbidden: bot was blocked by the user";

/// Where the bot stands in a chat has changed. Groups are none of its business.
pub(super) async fn changed(desk: &Desk, update: &ChatMemberUpdated) -> OpResult<()> {
    if !update.chat.is_private() {
        return Ok(());
    }
    let chat = TelegramId(update.chat.id.0);
    // Always: a question may wait for it. It says nothing new of whoever is not known to have blocked the bot.
    if update.new_chat_member.is_present() {
        return reach::regained(&desk.app, chat).await;
    }
    // A block that is left out here shows with the next message to them.
    if desk.take(chat, Kind::Block) != Verdict::Pass {
        return Ok(());
    }
    reach::lost(&desk.app, chat, BLOCKED).await
}
