# The console's own texts in English. The same keys and placeholders as in ru.ftl; a native test compares them.


## Time and units
time-s = { $s } s
time-min = { $min } min
time-min-s = { $min } min { $s } s
time-h = { $h } h
time-h-min = { $h } h { $min } min
time-d = { $d } d
time-d-h = { $d } d { $h } h
time-ago = { $time } ago
time-checking = Checking…
until = Until { $time }
until-lifted = Until lifted
then-lapses = then it lapses
lapses-in = Lapses in { $time }
unit-s = s
unit-min = min
unit-h = h
unit-d = d
unit-b = B
unit-kb = kB
unit-mb = MB
unit-gb = GB
unit-tb = TB
unit-count-ms = { $count } ms
zone-note = Times are shown in the zone { $zone }.

## Counts
count-people =
    { $n ->
        [one] { $n } person
       *[other] { $n } people
    }
count-live =
    { $n ->
        [one] { $n } live session
       *[other] { $n } live sessions
    }
show-more = Show { $count } more
pager = { $from }–{ $to } of { $total }
tally-boxed = { $count } in the box
tally-pending =
    { $count ->
        [one] { $count } registration
       *[other] { $count } registrations
    }
tally-trouble = { $count } in trouble
bulk-label = Selection
bulk-selected = { $count } selected
bulk-clear = Clear
bulk-done = Done: { $count }
changes-unsaved =
    { $count ->
        [one] { $count } change not saved
       *[other] { $count } changes not saved
    }
quoted = “{ $text }”

## Frame
skip = Skip to content
nav-group-work = Work
nav-group-access = Access
nav-group-records = Records
nav-group-system = System
nav-group-main = Main places
nav-dashboard = Dashboard
nav-sessions = Sessions
nav-users = Users
nav-users-short = Users
nav-routers = Routers
nav-policies = Policies
nav-bans = Bans
nav-audit = Audit
nav-settings = Settings
nav-admins = Admins
nav-account = Own account
nav-more = More
more-for = More for { $name }
live-on = Live
live-connecting = Connecting
live-off = Reconnecting, last news { $time }
live-back = Back online: caught up
offline-since = Offline since { $time }.
offline-about = What you see is as of then; buttons wait for the connection.
loading = Loading
copied = Copied
nothing-found = Nothing found
nothing-found-about = No row fits the search and the filters.
page-not-found = There is no such page
page-not-found-about = The link may be old, or what it led to was deleted.
keys-title = Keys
keys-search = Search on this page
keys-close = Close
keys-list = This list; single keys can be switched off in the own account
save-region = Unsaved changes

## Verbs
action-add-router = Add a router
action-again = Try again
action-all = All
action-allow = Allow
action-answer = Answer
action-apply = Apply
action-approve = Approve
action-approve-ask = Approve…
action-back = Back
action-bind = Bind
action-bind-ask = Bind a rule…
action-block = Block
action-block-ask = Block…
action-cancel = Cancel
action-change-password = Change password
action-clear-filter = Clear
action-close = Close
action-copy = Copy
action-copy-details = Copy details
action-create = Create
action-cut = Cut
action-cut-ask = Cut…
action-delete = Delete
action-delete-ask = Delete…
action-disable = Disable
action-discard = Discard
action-edit = Edit
action-enable = Enable
action-end = End
action-end-ask = End…
action-end-session-ask = End session…
action-extend-ask = Extend…
action-grant = Grant access
action-grant-ask = Grant…
action-invite = Make an invitation
action-let-in = Let in
action-let-in-ask = Let in…
action-lift = Lift
action-lift-ask = Lift…
action-link = Link
action-link-account = Link an account…
action-make-code = Make a code
action-new-admin = New admin
action-new-policy = New policy
action-new-user = New person
action-next-page = Next page
action-open = Open
action-previous-page = Previous page
action-refuse = Refuse
action-refuse-ask = Refuse…
action-reject = Reject
action-reject-ask = Reject…
action-revoke = Sign out
action-run-doctor = Run doctor
action-save = Save
action-save-policy = Save policy
action-set-up = Set up
action-show = Show
action-sign-out = Sign out
action-test = Test
action-trust = Trust this certificate
action-try-now = Try now
action-unbind = Unbind the rule
action-unblock = Unblock
action-undo = Undo the setup
action-unlink = Unlink
action-unlink-ask = Unlink…
action-unlink-telegram = Unlink Telegram
action-why = Why

## Columns
column-account = Account
column-accounts = Accounts
column-actions = Actions
column-address = Address
column-bound = Bound to
column-chain = Chain and action
column-comment = Comment
column-detail = Detail
column-duration = Duration
column-enabled = Enabled
column-end = How it ended
column-found = Found
column-from = From
column-last-seen = Last seen
column-last-sign-in = Last sign-in
column-left = Time left
column-mode = Mode
column-name = Name
column-owner = Owner
column-person = Person, account
column-policy = Policy
column-reading = Reading
column-reason = Reason
column-repaired = State
column-role = Role
column-second-factor = Second factor
column-select = Select
column-since = Since
column-state = State
column-status = Status
column-traffic = Traffic
column-until = Until
column-version = Version
column-what = What
column-when = When
column-who = Who

## Facts and fields
fact-account = Account
fact-address = Address
fact-clock-skew = Clock skew
fact-commands = Commands waiting
fact-decided = Decided
fact-ended = Ended
fact-from = From
fact-inside = VPN address
fact-person = Person
fact-policy = Policy
fact-registered = Registered
fact-rejected-because = Reason
fact-router = Router
fact-rule = Rule
fact-traffic = Traffic
fact-uptime = Uptime
field-allow-list = Allow list
field-allow-seconds = Allow entry lasts
field-api-user = API user
field-ban-list = Ban list
field-ca = CA certificate
field-current-password = Current password
field-density = Rows
field-display-name = Name
field-email = E-mail
field-fingerprint = Trusted fingerprint, SHA-256
field-first-language = First language
field-host = Address
field-language = Language
field-manage-accounts = Accounts may be created and deleted on routers
field-max-accounts = Accounts per person
field-new-password = New password
field-note = Note
field-password = Password
field-phone = Phone
field-policy-name = Name
field-poll = Read every
field-port = Port
field-public-url = Public address
field-reason = Reason
field-reason-optional = Reason, if any
field-router-name = Router name
field-sandbox-list = Box list
field-setup-code = One-time code
field-single-keys = Single keys do something
field-source = Accounts are in
field-theme = Theme
field-tls = Connection
field-token = Bot token
field-unit = Unit
field-username = Username
hint-allow-seconds = Renewed while the server lives; then it closes by itself
hint-ca = PEM; the authority that signed the router’s certificate
hint-fingerprint = Filled in by the test and “Trust”
hint-first-language = Until a person chooses
hint-first-password = To be changed after the first sign-in
hint-manage-accounts = Otherwise existing ones are only enabled and disabled
hint-poll = Push makes it faster where the router allows
hint-port = 8729 with TLS, 8728 without
field-telegram-networks = Telegram’s networks
hint-telegram-networks = One a line. A router’s set-up opens them to the box only where you choose that step. Empty: those that Telegram publishes.
hint-public-url = For links in messages and the routers’ hooks
hint-reason = Kept in the audit
reason-kept = Reason, kept in the audit
hint-router-name = Seen in messages to people
hint-setup-code = From the link in the server’s log
hint-single-keys = “g” then a letter goes somewhere, “/” searches, “?” lists them
hint-token = From @BotFather; write-only
password-kept = Kept. Type to replace
placeholder-default = As by default

## Errors
error-heading = This could not be read
error-heading-offline = The server does not answer
error-heading-forbidden = Not for your role
error-heading-gone = It is gone
error-heading-router = The router did not answer as expected
error-unauthenticated = The sign-in has run out. Sign in again.
error-forbidden = Your role does not allow this. An owner can change it.
error-not-found = It was deleted, or the link is wrong.
error-network = The server could not be reached. What was typed is kept; try again.
error-internal = The server could not do it. Try again; its log has the reason.
error-router-unreachable = The router did not answer: { $message }
error-router-refused = The router refused: { $message }
error-reason-missing = Say why; it is kept in the audit
number-from-0 = A whole number from 0 up
number-from-1 = A whole number from 1 up

## States
session-requested = Asked
session-granted = Allowed
session-confirming = In the box
session-active = Inside
session-ended = Ended
session-none = No access
end-finished = Finished in the bot
end-by-admin = Ended by an admin
end-expired = Time was up
end-denied = “Not me”
end-timeout = No answer
end-banned = Banned
end-blocked = Person blocked
end-account-removed = Account unlinked
end-never-connected = Never connected
end-refused = Refused
connection-pending = Must confirm
connection-confirmed = Confirmed
connection-closed = Closed
close-disconnected = Disconnected
close-denied = “Not me”
close-timeout = No answer
close-expired = Time was up
close-by-admin = Cut by an admin
close-by-user = Finished in the bot
close-banned = Banned
close-too-many = One tunnel too many
close-policy = Against the policy
close-restarted = Router restarted
router-connecting = Connecting
router-online = Online
router-degraded = Degraded
router-offline = Offline
router-disabled = Off
status-pending = Pending
status-approved = Approved
status-rejected = Rejected
status-blocked = Blocked
mode-enforce = Enforcing
mode-enforce-about = Tunnels are boxed, opened and cut
mode-observe = Observing, no writes
mode-observe-about = Nothing is written to the router; the console shows what would have been done
tls-pinned = Pinned certificate
tls-pinned-about = TLS; only the certificate that you trusted
tls-ca = Certificate authority
tls-ca-about = TLS; signed by your own authority
tls-plain = Not encrypted
tls-plain-about = Password and commands can be read on the way
language-ru = Russian
language-en = English
role-owner = Owner
role-admin = Admin
role-operator = Operator
role-viewer = Viewer
role-owner-about = everything, admins and settings too
role-admin-about = people, routers and policies
role-operator-about = approves, cuts and extends
role-viewer-about = looks only
source-ppp = PPP secrets
source-um7 = User Manager 7
source-um6 = User Manager 6
source-unknown = Source not known yet
source-find-out = Find out

## Sign-in and first start
sign-in-title = Sign in
sign-in-door-1 = Door 1 of 2
sign-in-door-2 = Door 2 of 2
sign-in-continue = Continue
sign-in-wrong = Username or password is wrong
sign-in-lapsed = The sign-in has run out. Sign in to go on.
sign-in-help = No way in? Another owner can set a new password, or on the server:
sign-in-code-title = Enter the code
sign-in-code-label = Six digits from your authenticator app
sign-in-code-hint = Or a recovery code
sign-in-code-wrong = That code does not fit. Take the one shown now.
sign-in-art-1 = The password opens the first door. The second opens only when the first has closed.
sign-in-art-2 = Nobody is inside until both have been passed.
setup-step = First start
setup-title = The first owner
setup-about = This account may do everything: routers, people, other admins.
setup-create = Create the owner

## Dashboard
gate-label = People at the two doors now
gate-outside = Outside
gate-allowed = allowed
gate-asks = asks
gate-password = password
gate-boxed = must confirm
gate-connected = connected
attention-title = Needs you
attention-none = Nothing needs you
attention-none-about = Registrations, people in the box and routers in trouble appear here.
attention-registration = wants to register
attention-approval = asks for access
attention-confirmation = is in the box
attention-denial = answered “Not me”
attention-router = does not answer properly
attention-box = the box does not hold
attention-command = a command does not get through
attention-drift = was changed by hand
attention-ban = is banned
speed-label = Speed
speed-confirm = to confirm, median
speed-open = from tap to open
chart-title = Sessions per day
chart-sessions = sessions
chart-denied = denied
chart-label = Sessions per day, { $days } days: at most { $most }, today { $today }

## Sessions
sessions-live = Live
sessions-ended = Ended
sessions-which = Which
sessions-search = Search sessions
sessions-search-hint = Name, account, address
sessions-caption = Live sessions by state; soonest to end first
sessions-ended-caption = Ended sessions, newest first
sessions-empty = Nobody is connected
sessions-empty-about = Who asks, waits or is inside appears here at once.
sessions-none-ended = No session has ended yet
sessions-none-ended-about = Each one stays here with the reasons for how it went.
filter-router = Router
filter-all-routers = All routers
group-asks = Asks for access
group-asks-about = an operator decides
group-box = In the box
group-box-about = connected, must confirm in Telegram
group-inside = Inside
group-inside-about = confirmed and let through
group-allowed = Allowed, not connected
group-allowed-about = account enabled, no tunnel
traffic-in-out = { $received } in, { $sent } out
ends-at = Ends at { $time }, in { $left }
extend-by = Extend by
extend-to = Extend to { $time }
extend-title = Extend { $name } to { $time }?
extend-effect = The end moves by { $length }; the reminder comes again before it.
extend-done = Extended: { $name }
let-in-title = Let { $name } in?
let-in-effect = The tunnel from { $from } is opened on { $router } without an answer in Telegram.
let-in-done = Let in: { $name }
cut-title = Cut { $name }?
cut-effect-tunnel = The tunnel is cut on { $router }.
cut-effect-ban = { $address } is banned for the time that the policy says.
cut-done = Cut: { $name }
cut-named = Cut { $name }
end-title = End the session of { $name }?
end-effect-tunnel = The tunnel on { $router } is closed, and cut if the policy says so.
end-effect-account = Account { $account } gets no access until it is granted again.
end-done = Ended: { $name }
refuse-title = Refuse { $name }?
refuse-effect = The person is told in Telegram, with the reason.
grant-title-for = Grant access: { $account }
grant-choose = Choose an account
grant-choose-error = Choose whose access it is
grant-length = For
grant-length-hint = Empty: as the policy says
grant-done = Access granted: { $name }
why = Why
why-open = Why it is open
plan-reminder = Reminder
plan-reminder-why = { $length } before the end
plan-end = End
plan-end-why = Unless it is extended
timeline-empty = Nothing has been decided yet.
did-asked = Access asked for
did-waits-for-approval = Waits for an operator
did-approved = Request approved
did-first-tunnel = First tunnel
did-granted = Access granted
did-account-enabled = Account switched on
did-tunnel-seen = Tunnel up
did-tunnel-boxed = In the box
did-too-many-tunnels = Another tunnel was cut
did-tunnel-gone = Tunnel gone
did-confirmed = Confirmed
did-confirmed-by-admin = Let in by an admin
did-opened = Let through
did-not-opened = Not opened
did-open-delayed = Opening is delayed
did-open-refused = The router refused
did-confirm-timeout = No answer in time
did-reminded = Reminded
did-extended = Extended
did-ended = Session over
did-closed = Closed on the router
did-confirmed-by-code = Confirmed by a one-time code
did-wrong-number = A wrong number was picked
did-trusted-reconnect = Let in again without asking
did-opened-in-outage = Let in while Telegram was out of reach
did-prompt-put-off = The question was put off
did-asked-late = Asked as soon as it was allowed
did-banned = Kept out
did-ends-earlier = Ends earlier now
did-not-allowed-any-more = Not allowed any more
did-opened-unasked = Let in unasked
did-refused-hours = Cut: outside the hours
did-refused-network = Cut: from another network
did-refused-country = Cut: from another country

## People
users-all = All
users-which = Status
users-search = Search people
users-search-hint = Name, Telegram, account
users-empty = Nobody here yet
users-empty-about = People register with the bot, or you make a person and send the invitation.
approve-title = Approve { $name }?
approve-named = Approve { $name }
approve-done = Approved: { $name }
reject-title = Reject { $name }?
reject-named = Reject { $name }
reject-effect = The person is told the reason in Telegram and may ask again.
block-title = Block { $name }?
block-effect-sessions = Live sessions end and their tunnels are cut.
block-effect-accounts = Linked accounts are disabled.
block-effect-registration = A new registration is not possible until unblocked.
unblock-done = Unblocked
delete-user-title = Delete { $name }?
delete-user-effect = Links to accounts and rules are removed; the audit stays.
edit-user-title = About the person
unlink-telegram-title = Unlink Telegram?
unlink-telegram-effect = Nobody can confirm for this person until a new invitation is used.
user-about = About
user-policy = Policy: { $name }
user-accounts = VPN accounts: { $count }
user-no-accounts = No account is linked
user-no-accounts-about = Link a MikroTik account, picked from the router’s live list.
user-no-sessions = No sessions yet
user-no-sessions-about = The first one appears as soon as access is asked for.
user-sessions-caption = Sessions, newest first
policy-own = A policy of their own.
policy-default-used = The default policy.
policy-open = Open { $name }
policy-default-choice = By default: { $name }
invitation = Invitation
invitation-about = Send this link: it ties a Telegram account to this person, once.
account-enabled = Enabled
account-disabled = Disabled
account-unknown = Not read yet
account-none = None yet
account-linked = belongs to { $name }
account-no-owner = no owner
account-never-used = never used
account-hint = Read from the router now
link-title = Link an account to { $name }
unlink-title = Unlink { $account }?
unlink-effect = A live session of it ends; the account itself stays on the router.
opens-rule = opens rule
no-rule = no firewall rule
rule-on = on
rule-off = off
bind-title = Bind a firewall rule to { $account }
bind-about = The rule is enabled after a confirmation and disabled at the end.
bind-choose = Choose a rule
bind-hint = Rules whose comment contains 2FA, is unique, and that nobody has

## Routers
routers-empty = No router yet
routers-empty-about = Add the MikroTik that people dial in to. The connection is tested before anything is written to it.
router-push = push
router-poll =
    { $count ->
        [one] polled every { $count } s
       *[other] polled every { $count } s
    }
router-last-seen = Last seen { $time }
router-commands-wait =
    { $count ->
        [one] { $count } command waits
       *[other] { $count } commands wait
    }
router-tabs = Router
router-test = Test the connection
router-test-about = Nothing is written: who answers, with which rights, and which certificate it shows.
router-connection = Connection
router-behaviour = Behaviour
router-enabled = Work with this router
router-enabled-about = Off: it is neither read nor written
router-name-missing = Give it a name
router-host-missing = A name or an address
router-port-wrong = Between 1 and 65535
router-username-missing = The API user
router-saved = Saved: { $name }
router-lists = Address lists
edit-router-title = Edit { $name }
delete-router-title = Delete { $name }?
delete-router-effect = Live sessions on it end; what was set up on the router stays there.
delete-router-effect-links = Links to its accounts and rules are removed.
test-ok = It can be worked with
test-failed = Failed
test-identity = Identity
test-rights = Rights
test-missing = Missing rights
test-certificate = Certificate, SHA-256
certificate-trusted = Trusted
action-look-certificate = Look at its certificate
action-trust-new = Trust the new certificate
certificate-none = The router shows no certificate
certificate-same = The router shows the certificate that is trusted; something else is wrong
certificate-changed-title = Trust another certificate of { $name }?
certificate-changed-about = Somebody has given the router a new certificate, or somebody stands between it and this server. Compare the new fingerprint with the router’s own before you trust it: whoever is trusted gets the password.
certificate-old = Trusted until now: { $sha }
certificate-new = Shown now: { $sha }
certificate-about = Compare it with the router’s own, then trust it.
remedy = Remedy
tab-overview = Overview
tab-tunnels = Tunnels
tab-accounts = Accounts
tab-rules = Rules
tab-setup = Setup
tab-drift = Drift
tab-doctor = Doctor
clock-skew-seconds =
    { $count ->
        [one] { $count } s
       *[other] { $count } s
    }
hook = Hook
hook-rotate-ask = New token…
hook-rotate = Make a new token
hook-rotate-title = Make a new token for the hook?
hook-rotate-effect = The old one is refused at once. Nothing is lost: hooks only hasten.
hook-rotate-effect-setup = The router’s scripts carry the old token. Apply the step “Scripts” of the set-up again; it shows them as different.
hook-about = The router may call this when a tunnel comes up. It only hastens; nothing depends on it. The address holds a token.
tunnels-empty = No tunnel is up
tunnels-empty-about = Each tunnel appears here as the router shows it.
tunnel-unknown = Unknown here
cut-tunnel-title = Cut the tunnel of { $name }?
cut-tunnel-effect = The router drops it at once; the person may connect again.
accounts-empty = No account found
accounts-empty-about = The router has no VPN account, or none fits the search.
accounts-search = Search accounts
ownership-linked = Linked
ownership-none = No owner
ownership-never-used = Never used
rules-empty = No rule with 2FA in its comment
rules-empty-about = Put 2FA into the comment of a firewall rule, and it can be bound to an account here.
rule-unbound = Not bound
rule-position = place { $count }
drift-empty = Nothing drifted
drift-empty-about = What the router has is what was wanted.
drift-repaired = Repaired
drift-open = Open
setup-steps = Steps
setup-about-router = Each step is written down, carried out and read back. If one fails, it says why and the others go on. Applying again changes nothing that is in place.
setup-clean = Everything is in place.
setup-script = Script
setup-applied = Applied and read back
setup-apply-count =
    { $count ->
        [one] Apply { $count } step
       *[other] Apply { $count } steps
    }
setup-apply-title = Change existing rules?
setup-apply-effect = At least one step changes a rule that is there already. What was there is kept and can be put back.
setup-undo-about = Can be undone: what was there is kept
setup-not-all =
    { $count ->
        [one] One step was not done; it says why
       *[other] { $count } steps were not done; they say why
    }
setup-undo-step = Take back
setup-undo-step-title = Take this step back?
setup-undo-title = Take the set-up back?
setup-undo-effect =
    { $count ->
        [one] One change on the router is taken back. If somebody has changed it since, it stays as it is.
       *[other] { $count } changes on the router are taken back. What somebody has changed since stays as it is.
    }
setup-undo-effect-open = Tunnels on this router are not boxed any more.
setup-left-alone = Left as it is
setup-copy-script = Copy the script
step-optional = Optional
step-present = In place
step-missing = Will be added
step-different = Will change
step-applied = Applied
step-failed = Failed
doctor-findings = Findings
doctor-holds = The box holds.
doctor-holds-about = A boxed address reaches nothing but the captive page and DNS.
doctor-open = The box does not hold.
doctor-open-about = A boxed address could get through; the findings below say how, and what closes it.
finding-ok = Sound
finding-warning = Warning
finding-danger = Danger

## Policies
policies-empty = No policy
policies-empty-about = A policy says how people get in and for how long.
policy-default = Default
policy-does = What this policy does
policy-plain-words = In plain words
policy-reach =
    { $people ->
        [one] { $people } person. { $live } live sessions keep their end.
       *[other] { $people } people. { $live } live sessions keep their end.
    }
policy-saved = Saved: { $name }
delete-policy-title = Delete { $name }?
delete-policy-effect = Nobody uses it now.
policy-name = Name
policy-name-missing = Give it a name
policy-is-default = For everyone without a policy of their own
policy-entry = How people get in
access-on-request = On request
access-on-request-about = The account is disabled until its owner asks the bot
access-always = Always
access-always-about = The account stays enabled; every tunnel is boxed first
policy-connect-window = Time to connect
policy-connect-window-about = Then the grant lapses
policy-needs-approval = An operator approves each request
policy-confirmation = Confirmation in Telegram
confirmation-number = Number
confirmation-number-about = Picks the number seen on the captive page
confirmation-tap = Tap
confirmation-tap-about = Confirm or Not me
confirmation-none = None
confirmation-none-about = The password is enough
policy-confirm-seconds = Time to answer
policy-trusted = No new question for
policy-trusted-about = Same account, same address, same day. 0: always ask
policy-length = Length of a session
policy-lasts = Lasts
policy-remind = Remind before the end
policy-extensions = Extensions
policy-extensions-about = at most
policy-each-adds = Each adds
policy-cut-at-end = Cut the tunnel at the end
policy-disable-at-end = Disable the account at the end
policy-limits = Limits and bans
policy-tunnels = Tunnels at once
policy-tunnels-about = per account
policy-prompts = Questions at most
policy-prompts-in = in
policy-unanswered = Unanswered, then ban
policy-unanswered-in = in
policy-ban = A ban lasts
policy-disable-on-deny = After “Not me” disable the account until an admin decides
policy-disable-on-deny-about = The caller’s address is banned in any case
policy-places = Where from and when
policy-countries = Countries
policy-countries-about = Two-letter codes: RU, KZ. Empty: any
policy-country-wrong = Two letters each, such as RU
policy-networks = Networks
policy-networks-about = Empty: any
policy-network-wrong = An address with a prefix length of up to 32 (IPv6: 128)
policy-hours = Hours
policy-hours-about = A line a weekday, Monday is 1: “1 08:00-20:00”. Empty: any time
policy-hours-wrong = Each line: weekday 1 to 7, then from-to, such as 1 08:00-20:00
policy-zone = Time zone of the hours
policy-zone-about = Such as Europe/Moscow
policy-outage = When Telegram cannot be reached
outage-wait = Wait, closed
outage-wait-about = Everyone stays in the box
outage-code = Offline code
outage-code-about = Six digits on the captive page, set up in the bot
outage-open = Open
outage-open-about = The password alone lets in

## Records, settings, admins, own account
bans-empty = Nobody is banned
bans-empty-about = “Not me” and too many unanswered calls ban an address; it appears here.
lift-title = Lift the ban of { $address }?
lift-named = Lift { $address }
lift-effect = The address may connect again; counters are not reset.
audit-caption = Audit, newest first
audit-search = Search the audit
audit-empty = Nothing recorded yet
audit-empty-about = Every decision and change is kept here.
settings-general = General
settings-saved = Settings saved
token-ok = Works: @{ $name }
admin-disabled = may not sign in
admin-you = you
make-role = Make { $role }
delete-admin-title = Delete { $name }?
delete-admin-effect = Every browser of this admin is signed out at once.
account-appearance = Appearance
account-browsers = Signed-in browsers
account-second-factor = Second factor
theme-switch = Switch theme
theme-system = As the system
theme-light = Light
theme-dark = Dark
density-normal = Normal
density-compact = Compact
password-changed = Password changed
totp-on = On
totp-off = Off
totp-on-about = A code is asked at each sign-in. The password switches it off.
totp-off-about = The password alone opens the console. Set up a code as its second door.
totp-scan = Type this key into your authenticator app, then the code it shows.
totp-open-app = Open in the app on this device
totp-recovery = Recovery codes
totp-recovery-about = Shown once. Each opens the second door once when the phone is lost.
totp-enabled = Second factor is on
own-telegram-about = Send a code to the bot to get alerts and approve from Telegram.
own-telegram-linked = Linked, id { $id }.
this-browser = This browser

## Statistics, files, the palette, what is announced
nav-statistics = Statistics
audit-since = From
audit-till = To
audit-kind = What it is about
audit-every-kind = Everything
audit-sign-ins = Sign-ins
audit-only-them = Show only what they did
audit-not-only = Show what others did too, not only { $name }
column-subject = Subject
column-hash = Hash
column-asked = Asked
column-begun = Allowed
column-ended = Ended
column-seconds = Seconds
column-closed-by = Tunnel closed by
column-bytes-in = Bytes in
column-bytes-out = Bytes out
column-telegram-id = Telegram id
export-about = Download everything that the filter shows
export-done =
    { $count ->
        [one] { $count } row is in the file
       *[other] { $count } rows are in the file
    }
chart-as-table = As a table
chart-day = Day
statistics-days =
    { $days ->
        [one] { $days } day
       *[other] { $days } days
    }
statistics-span = Span
statistics-utc = Days are counted in UTC
statistics-sessions = sessions
statistics-denied = denied
statistics-by-router = Sessions by router
statistics-by-reason = How sessions ended
statistics-unconfirmed = Most tunnels without confirmation
statistics-none = None in this time
statistics-empty = Nothing to count yet
statistics-empty-about = Figures come with the first session in this time.
palette-title = Find or do
palette-hint = A person, an account, a router, a page…
palette-place = page
palette-deed = action
palette-keys = ↑ ↓ choose, Enter opens, Esc closes
heard-boxed = { $name } is in the box.
heard-boxed-many = { $count } people are in the box.
heard-registered = { $name } asks to be registered.
heard-registered-many = { $count } people ask to be registered.
keys-rows = next row, row before
keys-open = open the row
keys-select = select the row
keys-extend = extend the session
keys-menu = menu of the row
keys-pages = page before, next page

## First start
start-title = First start
start-about = Five steps to the first person who dials in. Leave at any time: what is done stays done.
start-owner = The owner
start-owner-about = You are signed in. A second factor for your own account is under “Own account”.
start-bot = The bot
start-bot-about = Write to @BotFather in Telegram, send /newbot, and put the token in here. It is tested before it is kept.
start-bot-save = Test and keep
start-router = The router
start-router-about = Its address, and an API user of its own. The test says who answers, which certificate to trust and which rights are missing.
start-router-first = Add a router first.
start-box = The box
start-box-about = The plan shows what is on the router and what would be added. Nothing changes until you apply it, and all of it can be undone.
start-box-open = Open the plan for { $name }
start-person = The first person
start-person-about = Send people the link to the bot: they register, you approve. Or enter somebody yourself and invite them.
start-step-done = done
start-step-now = now
start-done = Everything is in place.
start-done-about = Who dials in from now on waits in the box until they confirm in Telegram.
start-go-on = Go on
start-unfinished = The set-up is not finished.
start-unfinished-about = Without the bot and a router nobody can confirm, and nothing is guarded.

## Texts of the bot
messages-title = Message texts
messages-list = Messages
messages-own = own
messages-text = Text
messages-hint = Bold as <b>…</b>. What stands in braces is filled in when the message is sent.
messages-insert = Insert
messages-back = Back to default
messages-saved = The text is saved
messages-preview = As it arrives
messages-none = No texts
messages-none-about = The server has no texts that can be changed.

## What if
what-if-title = What if
what-if-about = The last { $days } days, decided again by this policy as it stands here, saved or not.
what-if-try = Try it
what-if-connections = Tunnels
what-if-prompted = asked in Telegram
what-if-silent = let in unasked
what-if-refused = cut at once
what-if-ended = sessions over earlier
what-if-none = Nobody connected in this time.
what-if-examples = Among them
