# Why something is as it is, for administrators, in English. Every key stands in reasons.ru.ftl too (a test compares them).

in-telegram = In Telegram
by-admin = By { $name }
by-admin-because = By { $name }: { $reason }
on-captive-page = On the captive page
out-of-box = Its address is not on the list of the box
address-taken = Another tunnel has its address
policy-needs-approval = The policy { $policy } needs it
granted = For { $span } by the policy { $policy }
read-back = Read back from { $router }
always-on = The account may connect at any time and be asked then
came-from = { $service } from { $caller }, { $address }
known-caller = Confirmed from the same address today
telegram-out = Telegram is out of reach, and the policy opens without asking then
no-confirmation-wanted = The policy asks for no confirmation
tunnels-allowed = The policy allows { $count ->
        [one] { $count } tunnel
       *[other] { $count } tunnels
    }
questions-put = { $count ->
        [one] { $count } question was put already
       *[other] { $count } questions were put already
    }
place-free = A place among the questions is free
unconfirmed = More than { $count } connections without confirmation in { $span }
too-many-unconfirmed = Too many connections without confirmation
wrong-number-picked = Another number than the captive page's was picked
wrong-number = The wrong number
not-confirmed-in-time = No confirmation that could be carried out in time
no-answer = No answer
nobody-decided = Nobody decided in time
never-came = No tunnel came in time
time-is-over = The time is over
end-is-near = The end is near
less-time = The policy { $policy } allows less time now
ruled-out = The policy { $policy } rules it out now
gone-before-opening = Read again just before opening, the tunnel was gone
router-silent = The router does not answer; tried again while the prompt lives
router-refused = The router did not accept it
not-shown = The router no longer shows it
restarted = The router restarted
only-watched = { $router } is only watched: nothing was changed on it
watched-until-now = The router was only watched until now: nobody had been asked
person-blocked = The person was blocked
account-taken-away = The account was taken away

asks-to-register = { $name } asks to be registered
asks-for-access = { $account } asks for access on { $router }
waits-for-approval = A session waits for approval
waits-for-answer = { $account } from { $caller } waits for an answer
said-not-me = “Not me”: somebody connected as { $account } from { $caller } with the right password. Change it
worn-down = More than { $count } connections of { $account } without confirmation, the last from { $caller }: somebody may have the password. Change it; lift the ban if it was the person themselves
would-not-open = { $router } would not open for { $account }
would-not-switch-on = { $router } refuses to switch { $account } on: { $said }
would-not-close = The session of { $account } is over, but { $router } refuses to close it: { $said }
not-removed = { $account } was to be removed from { $router } and is still there: { $said }. It is { $on ->
        [yes] switched on
       *[no] closed, and stays so
    }. Remove it again when the router lets it, or do it on the router itself
does-not-answer = { $router } does not answer
other-certificate = The certificate is not the one that was accepted: { $found }
entered-twice = { $router } is the same device as { $other }, reached by another address. It is worked as { $other } alone, and nothing is done for { $router }: two with settings of their own would undo each other's work. Delete one of the two, or switch it off; the other goes on by itself
other-device = The device behind the address of { $router } is another one: { $found } instead of { $before }. If you have replaced it, or entered another address, there is nothing to be done but to look whether it is set up; if not, find out who answers there
tunnel-elsewhere = Another router does not end a tunnel: { $account } from { $caller } is still connected at { $nas }, which does not listen to this User Manager. The account was disabled, so that nobody comes in anew. Cut the tunnel at { $nas }; there, /radius incoming set accept=yes lets it be ended from here (port 3799), or add { $nas } to the routers, so that it has a box of its own. Then enable the account again
command-fails = A command fails again and again
clock-set = The server's clock was set by { $seconds } s. So that no session ends early or late by that, times go on as before; restart the server to take the new time over
outage = Telegram cannot be reached. { $rest }
outage-wait = { $policies }: new tunnels wait and are cut
outage-codes = { $policies }: a one-time code on the captive page opens
outage-open = { $policies }: new tunnels OPEN WITHOUT BEING ASKED ABOUT
no-countries = { $policies }: only callers from certain countries are let in, but there is no database of countries, so nobody is. Name one by SALLYPORT_COUNTRY_DATABASE, or take the countries out of the policy
no-page-address = { $policies }: people need the captive page, for the number that they pick or for a one-time code, but it is not known under which address they open that page, so they are told the server's own. Set the public URL
is-banned = { $address } is banned: { $why }
bot-forbidden = The bot may not write to this person: { $said }
bot-is-deaf = The bot does not get what people write and tap: { $said }
message-refused = Telegram refused a message: { $said }

banned-not-me = “Not me” of { $account }
banned-unconfirmed = More than { $count } connections of { $account } without confirmation

allow-entry-left-over = A left-over allow entry for { $address } was found
allow-entry-foreign = An allow entry for { $address } was found that Sallyport did not make
allow-entry-elsewhere = An allow entry for { $address } was found that Sallyport did not make. It was left alone, as no tunnel gets such an address
allow-entry-changed = The allow entry for { $address } was changed by hand
allow-entry-shared = The allow entry for { $address } was taken away: two tunnels have that address
allow-entry-missing = The allow entry of { $account } was missing
rule-gone = The bound rule “{ $rule }” is gone or has another id: bind it again
rule-changed = The bound rule “{ $rule }” was renamed or is not unique any more: bind it again
rule-found = The rule “{ $rule }” was found { $on ->
        [yes] on
       *[no] off
    }
account-found = The account { $account } was found { $on ->
        [yes] enabled
       *[no] disabled
    }
account-not-there = The account { $account } is not on the router
ban-missing = The ban of { $address } was missing
not-in-box = The tunnel of { $account } ({ $address }) waits, but its address is not on the list { $list }: it may be free
managers-unknown = The tunnel of { $account } ({ $address }), which nobody owns, was not cut: the router does not show who is logged in (/user/active is refused), so it cannot be told whether it is managed through this tunnel. Give the API user's group the right to read, link the account to a person, or end the tunnel by hand
tunnel-spared = The tunnel of { $account } ({ $address }), which nobody owns, was not cut: the router is managed through it ({ $who }). Link the account to a person, or manage the router from elsewhere
unwelcome = A tunnel of { $account } from { $caller } { $watched ->
        [yes] would be cut if the router were not only watched
       *[no] is cut
    }: { $why ->
        [nobodys-account] nobody owns the account
        [no-address] it has no address and so is in no box
        [too-many] the policy allows no more tunnels
        [banned] its address is banned
        [not-in-box] it waited, or was to stay closed, and its address is not on the list of the box
        [address-taken] another tunnel has its address
       *[no-session] no session allows it
    }
ends-elsewhere = A tunnel of { $account } at another router ({ $nas }), from { $caller }, was let in by this router's User Manager. No box holds it: it { $watched ->
        [yes] would be ended if this router were not only watched
       *[no] is ended
    }

would-switch-account = The account { $account } would be { $on ->
        [yes] enabled
       *[no] disabled
    }, but the router is only watched
would-open = A tunnel of { $account } from { $caller } would be let through, but the router is only watched
would-close = A tunnel of { $account } from { $caller } would not be let through (any more), but the router is only watched
would-cut = A tunnel of { $account } from { $caller } would be cut, but the router is only watched
would-ban = { $address } would be banned for { $span }, but the router is only watched
would-lift-ban = The ban of { $address } would be lifted, but the router is only watched
would-switch-rule-off = The rule “{ $rule }” would be switched off, but the router is only watched

then = { $account } from { $caller }: then { $then ->
        [refused-hours] refused by the hour
        [refused-network] refused by the network
        [refused-country] refused by the country
        [too-many-tunnels] cut as one tunnel too many
        [banned] banned
        [trusted-reconnect] let in as a known caller
        [opened-unasked] let in without a question
       *[asked] its owner was asked
    }
began-then = { $account }: then { $then ->
        [began-unasked] a tunnel was enough
        [began-approved] it waited for approval
       *[began-asked-for] it was asked for in the bot
    }

unknown-address = an unknown address
no-address = no address
ban-spared = { $address } was not banned: the router is managed from there ({ $who }), and a ban would lock that out. The tunnel was cut all the same. If it was somebody else behind this address, change the password of the VPN account
