# What people are told, in English. Every key stands in ru.ftl too (a test compares them).
# Telegram's HTML subset is allowed: <b>, <i>, <code>.

welcome = Hello! I let people of your organisation into its VPN.

    To begin, register: I pass your name on to an administrator.
ask-name = What is your name? Write it as your administrator knows you, for example <i>Anna Lebedeva</i>.
bad-name = That does not look like a name. Please write one line of at most { $max } characters.
registration-filed = Thank you, <b>{ $name }</b>. Your registration is with the administrators. I write as soon as they have decided.
registration-pending = <b>{ $name }</b>, your registration is still with the administrators. I write as soon as they have decided.
registration-approved = <b>{ $name }</b>, you are registered. Tap <b>Get VPN</b> when you need access.
registration-approved-always = <b>{ $name }</b>, you are registered. Your account is always switched on: connect with the VPN client of your computer when you need to. If I then ask whether it was you, tap <b>Confirm</b>.
registration-approved-on-approval = <b>{ $name }</b>, you are registered. Tap <b>Get VPN</b> when you need access: an administrator decides, and I tell you.
registration-rejected = Your registration was not accepted: { $reason }

    If that is a mistake, you can register again.
blocked = Your access has been blocked. Please talk to your administrator.
menu = <b>{ $name }</b>, what would you like to do?
help = <b>How it works</b>

    1. Tap <b>Get VPN</b>: your account is switched on for a limited time.
    2. Connect with the VPN client of your computer, as always.
    3. If I ask whether it was you, tap <b>Confirm</b>. If it was not you, tap <b>Not me</b>: the connection is cut at once.

    /vpn – get access
    /sessions – my sessions, extend or finish
    /status – where I stand{ $code }
    /language – language
    /stop – I stop waiting for your answer
help-always = <b>How it works</b>

    1. Connect with the VPN client of your computer, as always: your account is always switched on.
    2. If I ask whether it was you, tap <b>Confirm</b>. If it was not you, tap <b>Not me</b>: the connection is cut at once.

    /sessions – my sessions, extend or finish
    /status – where I stand{ $code }
    /language – language
    /stop – I stop waiting for your answer
help-code = /code – one-time codes for when Telegram is away
help-stranger = <b>How it works</b>

    1. Register: I ask for your name, and an administrator decides.
    2. Once you are registered, I tell you how to get access.
    3. When somebody connects with your account, I ask whether it was you. If it was not, one tap cuts the connection.

    /register – register
    /status – where I stand
    /language – language
choose-language = In which language shall I write?
language-set = I write English from now on.
no-accounts = No VPN account is linked to you yet. Your administrator has to do that; then try again.
choose-account = Which account do you want to use?
session-requested = Your request for the account <code>{ $account }</code> is with the operators. I write as soon as they have decided. If nobody has by { $decideBy }, the request lapses.
just-connect = You need not ask for access: your account is always on. Just connect with the VPN client of your computer.
    Accounts: { $accounts }
grant-delayed = The router { $router } does not answer just now. I keep trying and write as soon as the account <code>{ $account }</code> is switched on.
grant-refused = The router { $router } refuses to switch the account <code>{ $account }</code> on. The administrators have been told; I keep trying and write as soon as it is done.
session-granted = <b>You can connect now.</b>
    Account: <code>{ $account }</code> on { $router }
    Access until <b>{ $until }</b>; connect by { $connectBy }.
session-granted-always = <b>You can connect now.</b>
    Account: <code>{ $account }</code> on { $router }
    Access until <b>{ $until }</b>.
session-granted-closed = <b>You have access, but your working hours do not run now.</b>
    Account: <code>{ $account }</code> on { $router }
    You can connect from <b>{ $opensAt }</b>, when they begin; connect by { $connectBy }. The access itself lasts until <b>{ $until }</b>.
session-granted-closed-always = <b>You have access, but your working hours do not run now.</b>
    Account: <code>{ $account }</code> on { $router }
    You can connect from <b>{ $opensAt }</b>, when they begin; the access itself lasts until <b>{ $until }</b>.
session-granted-in-vain = <b>You have access, but it will be over before your working hours begin.</b>
    Account: <code>{ $account }</code> on { $router }
    It lasts until <b>{ $until }</b>; your hours begin later: <b>{ $opensAt }</b>, and nobody is let in before. If you need it, talk to your administrator.
session-refused = Access for the account <code>{ $account }</code> was refused. Reason: { $reason }
request-lapsed = Nobody decided on your request for the account <code>{ $account }</code> in time. You can ask again.
prompt = <b>Is it you who just connected?</b>
    Account: <code>{ $account }</code> on { $router }
    From: <code>{ $caller }</code>{ $country }
    VPN address: <code>{ $address }</code>
    Time: { $at }

    Until you answer, the connection leads nowhere. Without an answer it is cut in { $span }.
prompt-number = <b>Is it you who just connected?</b>
    Account: <code>{ $account }</code> on { $router }
    From: <code>{ $caller }</code>{ $country }
    VPN address: <code>{ $address }</code>
    Time: { $at }

    Open { $url } on the connected device and pick the number that it shows. Without an answer the connection is cut in { $span }.
page-unknown = the captive page (your administrator knows its address)
prompt-over = Connection of the account <code>{ $account }</code> from <code>{ $caller }</code>, { $at }.
    <b>{ $outcome }</b>
outcome-confirmed = Confirmed
outcome-confirmed-by-admin = Confirmed by an administrator
outcome-not-me = Answer: not me. The connection is being cut
outcome-wrong-number = Another number than the page shows. The connection is being cut
outcome-denied-by-admin = Denied by an administrator
outcome-expired = No answer in time. The connection is being cut
outcome-gone = The connection is gone
outcome-ended = The session has ended
opened = <b>You are in.</b> <code>{ $account }</code>, VPN address <code>{ $address }</code>.
    Access until <b>{ $until }</b>.
open-delayed = The router does not answer just now. I keep trying to open access for the account <code>{ $account }</code>.
open-refused = The router did not open access for the account <code>{ $account }</code>. The administrators have been told.
tunnel-gone = The connection of the account <code>{ $account }</code> is gone. Connect again and I ask again.
confirm-timed-out = No confirmation came in time, so the connection of the account <code>{ $account }</code> is being cut. Connect again if it was you.
wrong-number = That was not the number, so the connection of the account <code>{ $account }</code> is being cut. If it was yours, connect again and look at the page. If it was not yours, tap <b>Not me</b> next time and tell your administrator: somebody has your password.
codes = <b>One-time codes</b>

    When Telegram cannot be reached, a code of an authenticator app (Google Authenticator, Aegis, 2FAS…) lets you in instead. Set it up now, while I can reach you.
codes-enabled = <b>One-time codes</b> are set up. When Telegram cannot be reached, connect to the VPN, open { $url } on the same device and type the code of your authenticator app. Write this address down: without Telegram there is nowhere to ask for it.
codes-unused = <b>One-time codes</b> open nothing under your rules, so there is no need to set them up. Should Telegram be out of reach, talk to your administrator.
codes-seed = Scan this picture with your authenticator app, or type the key <code>{ $secret }</code>.

    Then send me the six digits that it shows. The picture goes as soon as you have.
codes-wrong = That is not the code of this moment. Check the time of your phone, and send the six digits again.
codes-on = Done: codes of your authenticator app count from now on. Keep the app; the picture is not shown again.

    When Telegram cannot be reached, connect to the VPN, open { $url } on the same device and type the code. Write this address down.
codes-off = One-time codes are taken away. Codes of your authenticator app no longer count.
prompts-paused = There have been many questions in a short time, so for a while I do not ask about every connection. Another one of the account <code>{ $account }</code>, from <code>{ $caller }</code>, waits and is cut if no place frees up. If it was not you, tell your administrator: somebody may have your password.
ends-earlier = Your access with the account <code>{ $account }</code> now ends at <b>{ $until }</b>, earlier than I said: the rules were changed.
too-many-tunnels = Another connection of the account <code>{ $account }</code>, from <code>{ $caller }</code>, is being cut: only so many are allowed at once. If that was not you, tell your administrator: somebody may have your password.
foreign-place = A connection of the account <code>{ $account }</code> from <code>{ $caller }</code> is being cut: access is not allowed from there. If that was not you, tell your administrator.
outside-hours = A connection of the account <code>{ $account }</code> is being cut: access is not allowed at this hour.
reminder = Your access with the account <code>{ $account }</code> ends at <b>{ $until }</b>. Do you need more time?
reminder-last = Your access with the account <code>{ $account }</code> ends at <b>{ $until }</b>. It cannot be extended any more.
reminder-hours = Your access with the account <code>{ $account }</code> ends at <b>{ $until }</b>, with your working hours: the connection is cut then. Extending would not change that.
reminder-extended = Your access with the account <code>{ $account }</code> was extended until <b>{ $until }</b>.
reminder-hours-over = Your access with the account <code>{ $account }</code> ended at <b>{ $at }</b>, with your working hours. You can connect again from <b>{ $opensAt }</b>, when they begin.
reminder-hours-over-last = Your access with the account <code>{ $account }</code> ended at <b>{ $at }</b>, with your working hours.
reminder-ended = Your session with the account <code>{ $account }</code> is over.
extended = Extended: access with the account <code>{ $account }</code> until <b>{ $until }</b>.
extended-hours = Extended: access with the account <code>{ $account }</code> until <b>{ $until }</b>. It cannot last longer: your working hours end then.
ended-finished-by-user = Finished. Access with the account <code>{ $account }</code> is closed.
ended-by-admin = An administrator ended your access with the account <code>{ $account }</code>. It is closed.
ended-expired = Time is up: access with the account <code>{ $account }</code> is closed.
ended-denied = Done: the connection of the account <code>{ $account }</code> that was denied is cut, and access is closed. The administrators know. Change your password with them before you connect again.
denied-by-admin = An administrator denied the connection of the account <code>{ $account }</code> from <code>{ $caller }</code>: it is being cut and access is being closed. If it was you, talk to your administrator. If not, somebody has your password: change it together with them.
ended-confirm-timeout = No confirmation came in time, so the connection of the account <code>{ $account }</code> was cut. Connect again if it was you.
ended-banned = Too many connections without confirmation: access with the account <code>{ $account }</code> is closed for some time.
ended-user-blocked = Your access has been blocked. Please talk to your administrator.
ended-account-removed = You can no longer use the account <code>{ $account }</code>. Access is closed.
account-linked = The account <code>{ $account }</code> on { $router } is linked to you now.
ended-never-connected = You did not connect in time, so the account <code>{ $account }</code> is switched off again. Tap <b>Get VPN</b> when you need it.
ended-never-connected-on = You did not connect in time, so your access with the account <code>{ $account }</code> has ended. Tap <b>Get VPN</b> when you need it.
ended-refused = Access for the account <code>{ $account }</code> was refused.
end-delayed = Your session with the account <code>{ $account }</code> is over. The router { $router } does not answer just now; everything is closed as soon as it does.
end-refused = Your session with the account <code>{ $account }</code> is over, but the router { $router } refuses to close everything. The administrators have been told; I keep trying and write when it is closed.
no-sessions = You have no session now. Tap <b>Get VPN</b> when you need access.
no-sessions-always = You are not connected now. You need not ask for access: just connect with the VPN client of your computer.
session-line-requested = <code>{ $account }</code> on { $router }: waits for an operator
session-line-confirming = <code>{ $account }</code> on { $router }: <b>waits for your answer</b> until <b>{ $answerBy }</b>; access until { $until }
session-line-ended = <code>{ $account }</code> on { $router }: over
session-line-inside = <code>{ $account }</code> on { $router }: <b>connected</b>, until <b>{ $until }</b>
session-line-allowed = <code>{ $account }</code> on { $router }: allowed, until <b>{ $until }</b>
session-line-closed = <code>{ $account }</code> on { $router }: allowed until <b>{ $until }</b>, but your working hours do not run now: you can connect from <b>{ $opensAt }</b>
session-line-in-vain = <code>{ $account }</code> on { $router }: allowed until <b>{ $until }</b>, but your working hours do not begin before { $opensAt }: you cannot connect
status = <b>{ $name }</b>
    Accounts: { $accounts }{ $locked }
    { $sessions ->
        [0] No live session.
        [one] { $sessions } live session.
       *[other] { $sessions } live sessions.
    }
status-locked = Locked after a “Not me”, talk to your administrator: { $accounts }
trouble = Something went wrong on our side, and nothing was changed. Please try again in a minute.
private-only = I talk to people in private only. Write to me directly.
too-fast = That is a lot at once. Please wait a moment and try again.
bad-invitation = This invitation is used up or too old. Ask your administrator for a new one, or register yourself.
invitation-taken = This Telegram account is registered already, as <b>{ $name }</b>. Ask your administrator to unlink it first; the invitation stays good.
stopped = All right, I no longer wait for an answer. Your access is as it was; to finish a session, see /sessions.

# To administrators.
admin-linked = This chat now belongs to the administrator <b>{ $username }</b>. What needs you is reported here.

    /admin – what waits, and the live sessions
    /stop – no more reports to this chat
admin-unlinked = This chat no longer belongs to the administrator <b>{ $username }</b>, and gets no more reports. A new code from the console links it again.
admin-linked-elsewhere = ⚠️ The administrator <b>{ $username }</b> was just linked to another Telegram account; this chat gets no more reports. If it was not you, change the password in the console now: that also removes the link.
admin-somebody-linked = A Telegram account was just linked to the administrator <b>{ $username }</b>. If they did not do it themselves, remove the link in the console, under Administrators.
admin-codes-guessed = ⚠️ Somebody who knows the password of the administrator <b>{ $username }</b> is trying one-time codes. Change that password now.
admin-menu = <b>Administration</b>
    Registrations that wait: { $registrations }
    Requests that wait: { $requests }
    Live sessions: { $sessions }
admin-no-registrations = No registration waits for a decision.
admin-registrations = <b>Registrations</b>, page { $page } of { $pages }
admin-registration = <b>{ $name }</b>{ $handle } asks to be registered.
admin-registration-approved = <b>{ $name }</b> is registered. Approved by { $by }.
admin-registration-rejected = The registration of <b>{ $name }</b> was rejected by { $by }. Reason: { $reason }
admin-registration-blocked = <b>{ $name }</b> was blocked by { $by }.
admin-registration-over = The registration of <b>{ $name }</b> has been decided.
admin-no-requests = No request waits for approval.
admin-requests = <b>Requests for access</b>, page { $page } of { $pages }
admin-request = <b>{ $name }</b> asks for access with the account <code>{ $account }</code> on { $router }.
admin-request-approved = The request of <b>{ $name }</b> for the account <code>{ $account }</code> was approved.
admin-request-refused = The request of <b>{ $name }</b> for the account <code>{ $account }</code> was refused.
admin-request-lapsed = Nobody decided on the request of <b>{ $name }</b> for the account <code>{ $account }</code> in time.
admin-request-over = The request of <b>{ $name }</b> for the account <code>{ $account }</code> is over.
admin-ask-reason = Why is <b>{ $name }</b> turned down? Choose, or write the reason; it is passed on.
admin-ask-reason-session = Why is <b>{ $name }</b> refused access? Choose, or write the reason; it is passed on.
admin-bad-reason = Please write the reason as one line of at most { $max } characters.
admin-no-sessions = There is no live session.
admin-sessions = <b>Live sessions: { $total }</b>, page { $page } of { $pages }
admin-session = <b>{ $name }</b>, <code>{ $account }</code> on { $router }
    { $state }
    From: <code>{ $caller }</code>
    Until: <b>{ $until }</b>
admin-confirm-end = End the session of <b>{ $name }</b> with the account <code>{ $account }</code> on { $router } now?
admin-gone = That is no longer there.
alarm-denial = <b>“Not me”</b>: somebody connected with the account <code>{ $account }</code> ({ $name }) on { $router } from <code>{ $caller }</code>, with the right password.
    The connection is being cut. Change the password before the account is switched on again.
alarm-ban = <b>Banned</b>: <code>{ $caller }</code> on { $router }. Account: <code>{ $account }</code> ({ $name }).
    { $detail }
alarm-router-down = <b>{ $router } does not answer.</b>
    Whoever is inside stays inside for now; nobody new is let in. { $detail }
alarm-router-up = { $router } answers again.
alarm-certificate = <b>{ $router } shows another certificate than the one that was accepted.</b>
    Either it was made anew, or somebody is in between. Nothing is sent to the router before you compare the fingerprint and accept it in the console.
alarm-box-open = <b>The box of { $router } does not hold.</b> Connections that nobody confirmed may get through.
    { $detail }
alarm-box-holds = The box of { $router } holds again.
alarm-command = <b>{ $router } does not do what it is told.</b> Account: <code>{ $account }</code> ({ $name }).
    { $detail }
alarm-unreachable = The bot cannot write to <b>{ $name }</b>: they have blocked it or left Telegram. They cannot be asked about their connections.
alarm-unsaid = Telegram did not take a message to <b>{ $name }</b>, so they were not told something: { $detail }
    If a text was changed in the settings, look it over.
alarm-deaf = <b>The bot does not get what people write and tap.</b> Nobody can confirm: whoever connects waits and is cut.
    { $detail }
alarm-hears = The bot gets what people write and tap again.
alarm-drift = <b>Something on { $router } was changed by hand.</b>
    { $detail }
alarm-device = <b>Please look which device { $router } is.</b>
    { $detail }
many-registrations = <b>{ $count ->
        [one] { $count } person asks
       *[other] { $count } people ask
    } to be registered</b>: { $names }
many-requests = <b>{ $count ->
        [one] { $count } request for access waits
       *[other] { $count } requests for access wait
    }</b>: { $names }
many-denials = <b>“Not me”, { $count } times</b>: { $names }. Somebody has their passwords. See the console.
many-bans = <b>Addresses banned: { $count }</b>. { $names }
many-routers-down = <b>Routers that do not answer: { $count }</b>. { $names }
many-alarms = <b>Reports of one kind: { $count }</b>. { $names }. See the console.
state-requested = waits for approval
state-granted = may connect
state-confirming = waits for the person's answer
state-active = connected
state-ended = over

refusal-not-approved = You are not registered yet.
refusal-suspended = This account is locked after a “Not me”. Please talk to your administrator.
refusal-already-live = This account has access already. See /sessions.
refusal-already-requested = You have asked for access already, and the operators have not decided yet. I write as soon as they have.
refusal-session-over = That session is over. Nothing was changed.
refusal-not-requested = That request has been decided already. Nothing was changed.
refusal-not-yours = That question was not put to you. Nothing was changed.
refusal-unknown-prompt = That button is no longer in use. Nothing was changed.
refusal-already-answered = That question has been answered already. Nothing was changed.
refusal-too-late = Too late: that question has expired. Nothing was opened. Connect again.
refusal-connection-gone = That connection is gone. Connect again and I ask again.
refusal-banned = Too many connections were not confirmed, so access is closed for some time. Try later, or talk to your administrator.
refusal-outside-hours = Access is not allowed at this hour. Ask again within your working hours, or talk to your administrator. Nothing was changed.
refusal-no-more-extensions = It cannot be extended any more.
refusal-hours-end-first = Access ends with your working hours; extending would not change that. Nothing was changed.
refusal-bad-span = The time must be from one second to a year.
refusal-observed = This router is only being watched for now: access on it does not depend on me. Connect as you always did. Nothing was changed.

toast-confirmed = Confirmed. Opening…
toast-not-me = The connection is being cut. The administrators are told.
toast-wrong-number = That was not the number. The connection is being cut.
toast-extended = Extended
toast-finished = The session is being ended
toast-asked = Asked for. I write as soon as you can connect.
toast-language = English from now on
toast-approved = Approved
toast-rejected = Rejected
toast-decided = That has been decided already. Nothing was changed.
toast-no-right = Only administrators may do that. Nothing was changed.
toast-role = Your role does not allow this. Nothing was changed.
toast-chosen = Choose or write the reason
toast-ended = The session is being ended
rejected-in-telegram = Please talk to your administrator.
reason-unknown = We could not tell who you are.
reason-not-now = Not at this time.

button-register = Register
button-get-vpn = Get VPN
button-sessions = My sessions
button-status = Status
button-language = Язык / Language
button-help = Help
button-admin = Administration
button-confirm = Confirm
button-not-me = Not me
button-extend = Extend
button-finish = Finish
button-approve = Approve
button-reject = Reject
button-registrations = Registrations
button-requests = Requests
button-live-sessions = Live sessions
button-back = « Back
button-older = « Previous
button-newer = Next »
button-end = End the session
button-really-end = Yes, end it
button-no-reason = Without a reason
button-codes = One-time codes
button-codes-begin = Set up
button-codes-anew = Set up anew
button-codes-remove = Take away
button-show = Show

command-start = Begin
command-register = Register
command-vpn = Get VPN
command-sessions = My sessions
command-status = Where I stand
command-language = Language
command-help = How it works
command-code = One-time codes for when Telegram is away
command-admin = What waits, live sessions
command-stop = Stop waiting for an answer

policy-always = The account may connect at any time.
policy-on-request = The account is off until its owner asks for access in Telegram.
policy-on-request-approved = The account is off until its owner asks for access in Telegram and an operator approves.
policy-approval-window = A request that nobody has decided on within { $span } lapses.
policy-confirm-none = Tunnels open without being asked about.
policy-confirm-telegram = Each tunnel waits in the box until it is confirmed in Telegram; without an answer within { $span } it is cut.
policy-confirm-number = Each tunnel waits in the box until its owner picks the right number in Telegram; without an answer within { $span } it is cut.
policy-limit = A session lasts { $span }.
policy-remind = A reminder comes { $span } before the end.
policy-extend = It can be extended { $times ->
        [one] once
       *[other] { $times } times
    } by { $span }.
policy-end-cut-disable = At the end the tunnel is cut and the account switched off.
policy-end-cut = At the end the tunnel is cut; the account stays on.
policy-end-disable = At the end the tunnel goes back into the box and the account is switched off.
policy-end-close = At the end the tunnel goes back into the box; the account stays on.
policy-outage-open = While Telegram cannot be reached, tunnels open without being asked about.
policy-always-approved = The account is on, but a tunnel is let in only once its owner has asked for access in Telegram and an operator has approved.
policy-trusted = Whoever was confirmed may come back from the same address on the same day for { $span } without being asked.
policy-tunnels = { $count ->
        [one] One tunnel at a time.
       *[other] Up to { $count } tunnels at a time.
    }
policy-connect-window = The first tunnel must come within { $span }.
policy-deny = After “Not me” the account stays off until an administrator acts.
policy-prompts = { $count ->
        [one] One question at most within { $span }.
       *[other] { $count } questions at most within { $span }.
    }
policy-ban = More than { $count } tunnels without confirmation within { $window } close the address out for { $ban }.
policy-outage-wait = While Telegram cannot be reached, nobody is let in.
policy-outage-code = While Telegram cannot be reached, a one-time code on the page of the box opens.
policy-networks = Only from { $list }.
policy-countries = Only from these countries: { $list }.
policy-hours = Only at these hours: { $hours } ({ $zone }).
weekday-1 = Mon
weekday-2 = Tue
weekday-3 = Wed
weekday-4 = Thu
weekday-5 = Fri
weekday-6 = Sat
weekday-7 = Sun

span-days = { $count } d
span-hours = { $count } h
span-minutes = { $count } min
span-seconds = { $count } s

box-nothing = Nothing waits here. This page is for a device whose VPN connection waits to be let in; open it on that device. If it does wait, answer in Telegram.
box-several = Several connections on different routers have this device's address, so this page cannot tell which of them is yours. If the question in Telegram offers numbers, open this page by the address that stands in that question; otherwise answer it there.
box-several-own = Two of your connections have this device's address, on different routers, and this page cannot tell which of them you are looking from. It shows no number, so that you do not let in somebody else. Do not guess: tap <b>Not me</b> in Telegram on what you did not begin; else disconnect, wait a minute and connect again. If it comes again, tell your administrator that several routers give out the same addresses.
box-several-silent = Telegram cannot be reached from here just now. If you have set up one-time codes, open this page by the address that the bot named at /code, and type a code there. If it is urgent, ask your administrator, who can let you in.
box-waits = The connection of <b>{ $account }</b> on { $router } waits to be let in.
box-number = In Telegram, pick this number:
box-blocked = The bot cannot write to you in Telegram: you have blocked it, or not begun a chat with it. Unblock it or press <b>Start</b> in its chat, and the question comes at once.
box-silent = Telegram cannot be reached from here just now: the question has not got through, or the answer to it would not. It is tried again all the time; if it is urgent, ask your administrator, who can let you in.
box-tap = Open Telegram and tap <b>Confirm</b>.
box-unasked = Wait for a question in Telegram, or ask your administrator.
box-cut = Without an answer the connection is cut in { $span }.
box-opening = Confirmed. Opening…
box-inside = You are in. You can close this page.
box-code = Telegram cannot be reached. Type the code of your authenticator app:
box-code-send = Let me in
box-code-wrong = That is not the code of this moment. Each code counts once; wait for the next one.
box-code-many = Too many wrong codes. Wait a quarter of an hour, or ask your administrator.
box-code-late = No code is wanted now.
box-trouble = Something went wrong on our side. Please try again in a minute.
