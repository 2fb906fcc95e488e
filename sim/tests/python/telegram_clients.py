"""Two independent Bot API clients, python-telegram-bot and aiogram, run real bots against the simulator.

Called by tests/telegram_third_party.rs with the base URL and the token; every check that fails raises. The person's
side is played through the simulator's control API.
"""

import asyncio
import json
import sys
import urllib.request

from aiogram import Bot as AiogramBot
from aiogram import Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
from aiogram.filters import CommandStart
from aiogram.types import BufferedInputFile, CallbackQuery
from aiogram.types import InlineKeyboardButton as AiogramButton
from aiogram.types import InlineKeyboardMarkup as AiogramKeyboard
from aiogram.types import Message
from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, InlineKeyboardButton, InlineKeyboardMarkup
from telegram import ReplyKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter
from telegram.ext import Application, CallbackQueryHandler, CommandHandler

PATIENCE = 20

URL, TOKEN = sys.argv[1], sys.argv[2]


def control_now(method, path, body=None):
    """One call of the control API."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"{URL}/control{path}", data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return json.load(response)


async def control(method, path, body=None):
    return await asyncio.to_thread(control_now, method, path, body)


async def wait_message(chat, fits):
    """The first message of the chat that fits, by the simulator's long poll."""
    since = 0
    async with asyncio.timeout(PATIENCE):
        while True:
            for message in await control("GET", f"/chats/{chat}/messages"):
                if fits(message):
                    return message
            changes = await control("GET", f"/changes?since={since}&timeout=5")
            since = changes["next"]


async def refused(kind, text, call):
    """The call must raise this error with this text in it."""
    try:
        await call
    except kind as error:
        assert text.lower() in str(error).lower(), f"{error!r} does not say {text!r}"
        return error
    raise AssertionError(f"no {kind.__name__} with {text!r}")


async def python_telegram_bot(anna):
    """Polling, command, inline button, callback answer, edit, limits, flood wait, conflict."""
    ended = asyncio.Event()

    async def start(update: Update, _context):
        keyboard = [[InlineKeyboardButton("Confirm", callback_data="c:1")]]
        await update.message.reply_text(
            f"<b>Hello</b>, {update.effective_user.first_name}",
            parse_mode=ParseMode.HTML,
            reply_markup=InlineKeyboardMarkup(keyboard),
        )

    async def pressed(update: Update, _context):
        await update.callback_query.answer(f"Thanks {update.callback_query.data}", show_alert=True)
        await update.callback_query.edit_message_text("Confirmed")

    def poll_failed(error):
        if isinstance(error, Conflict):
            ended.set()

    application = (
        Application.builder().token(TOKEN).base_url(f"{URL}/bot").base_file_url(f"{URL}/file/bot").build()
    )
    application.add_handler(CommandHandler("start", start))
    application.add_handler(CallbackQueryHandler(pressed))
    async with application:
        bot = application.bot
        await application.start()
        await application.updater.start_polling(timeout=10, error_callback=poll_failed)

        await control("POST", f"/chats/{anna}/send", {"person": anna, "text": "/start"})
        asked = await wait_message(anna, lambda m: m["text"] == "Hello, Анна")
        assert asked["entities"] == [{"type": "bold", "offset": 0, "length": 5}], asked
        press = {"person": anna, "message_id": asked["message_id"], "button": "Confirm"}
        answer = await control("POST", f"/chats/{anna}/press", press)
        assert answer == {"text": "Thanks c:1", "show_alert": True, "url": None}, answer
        edited = await wait_message(anna, lambda m: m["text"] == "Confirmed")
        assert edited["message_id"] == asked["message_id"] and edited["markup"] is None, edited

        await python_telegram_bot_limits(bot, anna, edited["message_id"])
        await python_telegram_bot_settings(bot, anna)

        await control("POST", "/faults", {"fault": "flood_wait", "retry_after": 3, "times": 1})
        flood = await refused(RetryAfter, "retry in 3", bot.send_message(anna, "x"))
        assert int(getattr(flood.retry_after, "total_seconds", lambda: flood.retry_after)()) == 3

        # A second instance polls: one of the two is told so.
        async with Bot(TOKEN, base_url=f"{URL}/bot") as second:
            try:
                while not ended.is_set():
                    await second.get_updates(timeout=0)
            except Conflict:
                ended.set()
        async with asyncio.timeout(PATIENCE):
            await ended.wait()
        await application.updater.stop()
        await application.stop()

    wrong = Application.builder().token("1:wrong").base_url(f"{URL}/bot").build()
    await refused(InvalidToken, "rejected", wrong.initialize())


async def python_telegram_bot_limits(bot, anna, message_id):
    await refused(BadRequest, "message text is empty", bot.send_message(anna, ""))
    await refused(BadRequest, "message is too long", bot.send_message(anna, "я" * 4097))
    await bot.send_message(anna, "я" * 4096)
    await refused(
        BadRequest,
        "can't parse entities: unsupported start tag \"x\" at byte offset 0",
        bot.send_message(anna, "<x>", parse_mode=ParseMode.HTML),
    )
    long_data = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="я" * 33)]])
    await refused(BadRequest, "button_data_invalid", bot.send_message(anna, "x", reply_markup=long_data))
    await refused(BadRequest, "message is not modified", bot.edit_message_text("Confirmed", anna, message_id))
    await refused(BadRequest, "message to edit not found", bot.edit_message_text("x", anna, 10_000_000))
    await refused(BadRequest, "query is too old", bot.answer_callback_query("1"))
    await refused(BadRequest, "chat not found", bot.send_message(1, "x"))
    stranger = (await control("POST", "/people", {"first_name": "Stranger"}))["id"]
    await refused(Forbidden, "can't initiate conversation", bot.send_message(stranger, "x"))
    await control("POST", f"/people/{anna}/block")
    await refused(Forbidden, "bot was blocked by the user", bot.send_message(anna, "x"))
    await control("POST", f"/people/{anna}/unblock")


async def python_telegram_bot_settings(bot, anna):
    commands = [BotCommand("vpn", "Get VPN"), BotCommand("status", "Status")]
    scope = BotCommandScopeAllPrivateChats()
    assert await bot.set_my_commands(commands, scope=scope, language_code="ru")
    assert list(await bot.get_my_commands(scope=scope, language_code="ru")) == commands
    assert await bot.set_my_description("Second door") and (await bot.get_my_description()).description == "Second door"
    chat = await bot.get_chat(anna)
    assert (chat.id, chat.first_name, chat.type) == (anna, "Анна", "private"), chat
    await bot.send_message(anna, "keyboard", reply_markup=ReplyKeyboardMarkup([["Get VPN"]], is_persistent=True))
    view = await control("GET", f"/chats/{anna}/view?person={anna}")
    assert view["keyboard"]["rows"] == [[{"text": "Get VPN"}]], view["keyboard"]
    assert [command["command"] for command in view["commands"]] == ["vpn", "status"]
    assert await bot.send_chat_action(anna, "typing")


async def aiogram(boris):
    """The same conversation through aiogram, which sends multipart, plus a photo."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(URL))
    bot = AiogramBot(TOKEN, session=session)
    dispatcher = Dispatcher()
    keyboard = AiogramKeyboard(inline_keyboard=[[AiogramButton(text="Да", callback_data="yes")]])

    @dispatcher.message(CommandStart(deep_link=True))
    async def start(message: Message, command):
        await message.answer(f"code {command.args}", reply_markup=keyboard)

    @dispatcher.callback_query(F.data == "yes")
    async def pressed(query: CallbackQuery):
        await query.answer("ok")
        await query.message.edit_reply_markup(reply_markup=None)

    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, polling_timeout=5))
    await control("POST", f"/chats/{boris}/send", {"person": boris, "text": "/start INVITE-7"})
    asked = await wait_message(boris, lambda m: m["text"] == "code INVITE-7")
    press = {"person": boris, "message_id": asked["message_id"], "button": "yes"}
    assert (await control("POST", f"/chats/{boris}/press", press))["text"] == "ok"
    await wait_message(boris, lambda m: m["message_id"] == asked["message_id"] and m["markup"] is None)

    photo = await bot.send_photo(boris, BufferedInputFile(b"\x89PNG\r\n\x1a\n", "a.png"), caption="<i>42</i>", parse_mode="HTML")
    assert photo.caption == "42" and photo.caption_entities[0].type == "italic"
    file = await bot.get_file(photo.photo[-1].file_id)
    assert (await bot.download_file(file.file_path)).read() == b"\x89PNG\r\n\x1a\n"
    await refused(TelegramBadRequest, "chat not found", bot.send_message(1, "x"))
    await control("POST", "/faults", {"fault": "flood_wait", "retry_after": 2, "times": 1, "chat_id": boris})
    flood = await refused(TelegramRetryAfter, "retry after 2", bot.send_message(boris, "x"))
    assert flood.retry_after == 2
    await control("POST", f"/people/{boris}/block")
    await refused(TelegramForbiddenError, "blocked", bot.send_message(boris, "x"))
    await dispatcher.stop_polling()
    await polling
    await session.close()


async def main():
    anna = (await control("POST", "/people", {"first_name": "Анна", "language_code": "ru"}))["id"]
    boris = (await control("POST", "/people", {"first_name": "Борис", "username": "boris"}))["id"]
    await python_telegram_bot(anna)
    print("python-telegram-bot: content")
    await aiogram(boris)
    print("aiogram: content")


asyncio.run(main())
