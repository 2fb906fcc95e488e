# What the doctor says of a router, in English. Every key stands in doctor.ru.ftl too (a test compares them).
# Of each finding: -title what it is, -detail what was found and what it means, -remedy what to do (none if all is well).
# What is to be typed on the router follows the remedy by itself.

profile-ok-title = Every tunnel begins in the box
profile-ok-detail = The PPP profiles in use put each tunnel's address into the list { $list } from its first packet.
profile-none-title = Nothing puts tunnels into the box
profile-none-detail = No PPP profile has the address list { $list }. Every tunnel is free from its first packet.
profile-none-remedy = Give the profile of the VPN accounts the list; Set-up does it for you. On the router:
profile-unboxed-title = The profile { $profile } does not put its tunnels into the box
profile-unboxed-detail = Accounts of people have it: { $accounts }. Their tunnels are free from the first packet, whatever they answer.
profile-unboxed-remedy = Give the profile the list { $list }, or the accounts another profile. Tunnels that are up have to come again. On the router:
profile-unowned-title = Accounts of nobody have a profile without the box
profile-unowned-detail = Profile { $profile }: { $accounts }. Nobody owns these accounts, so their tunnels are cut when they are seen; until then they are free.
profile-unowned-remedy = Disable the accounts, link them to people, or give the profile the list { $list }:
profile-radius-title = Accounts of RADIUS get the profile { $profile }, which does not box them
profile-radius-detail = A RADIUS server outside this router is asked, whose accounts cannot be listed. A VPN server that is on gives them this profile; their tunnels are free from the first packet.
profile-radius-remedy = Give the profile the list { $list }, and let that RADIUS server name no other one (Mikrotik-Group, Mikrotik-Address-List). On the router:
account-lists-title = RADIUS takes accounts out of the box
account-lists-detail = { $accounts }: Mikrotik-Address-List puts their addresses onto other lists than { $list }, whatever their profile says. Their tunnels are free from the first packet.
account-lists-remedy = Take Mikrotik-Address-List out of the attributes of the user or the group, or name { $list } in it.
account-lists-unowned-title = RADIUS takes accounts of nobody out of the box
account-lists-unowned-detail = { $accounts }: Mikrotik-Address-List puts their addresses onto other lists than { $list }. Nobody owns these accounts, so their tunnels are cut when they are seen; until then they are free.
account-lists-unowned-remedy = Disable the accounts, link them to people, or name { $list } in the attribute.
profile-bridged-title = The profile { $profile } may put tunnels into the bridge { $bridge }
profile-bridged-detail = A device that asks for it (BCP) sends frames into your network as if it were plugged in there. No rule that looks at addresses sees them, whatever its owner answers.
profile-bridged-remedy = Take the bridge out of the profile, or give the VPN accounts another one:
server-ethernet-title = The OpenVPN server takes frames
server-ethernet-detail = With mode=ethernet whoever connects is beside your own network, and no rule that looks at addresses sees it, whatever its owner answers.
server-ethernet-remedy = Set it to addresses; the clients' settings have to say dev tun instead of dev tap:
tunnel-nowhere-title = Tunnels without an address are up
tunnel-nowhere-detail = { $accounts }: without an address they cannot be on { $list }, and their frames may go into a bridge, past every rule. They are cut when they are seen.
tunnel-nowhere-remedy = See why they get no address (a bridge in the profile, a server with mode=ethernet), and end them:
tunnel-free-title = Tunnels that wait are not in the box
tunnel-free-detail = { $accounts }: their addresses are not on { $list }, and what comes from them gets through, though nobody has let them. They came up before their profile had the list, or have it from elsewhere.
tunnel-free-remedy = End them; when they come again they are boxed, if the rest is in order:
tunnel-before-title = { $count ->
        [one] One tunnel was up before its profile named the list of interfaces
       *[other] { $count } tunnels were up before their profile named the list of interfaces
    }
tunnel-before-detail = { $accounts }: a profile counts when a tunnel comes up, so their interfaces are not on the list. Until they come again only their addresses hold them: what they send under another address, or from a network behind them, is not in the box.
tunnel-before-remedy = Wait until they have come again, or end them now; whoever is connected then has to connect anew:
tunnel-unboxed-title = Tunnels that are let through are not on { $list }
tunnel-unboxed-detail = { $accounts }: they may get through now, but they would go on doing so when their permission lapses, for their addresses are not on the list. They came up before their profile had it.
tunnel-unboxed-remedy = They are in order once they have come again. To end them now:
addresses-missing-title = The profile { $profile } gives out no addresses
addresses-missing-detail = It has no remote address, and some of its accounts have none of their own: their tunnels do not come up.
addresses-missing-remedy = Give it a pool or the accounts an address: /ip pool, /ppp profile, /ppp secret.

box-holds-title = The box holds
box-holds-detail = Nothing that comes from an address on { $list } gets through the router: neither new connections nor those that were let through before.
box-holds-telegram-title = The box holds, except for Telegram (as set up)
box-holds-telegram-detail = Nothing that comes from an address on { $list } gets through the router, but for TCP to Telegram's networks at the ports of its apps, which the set-up opened on purpose. Nothing wider was found.
box-order-title = Rule { $position } lets the box out before the guard
box-order-detail = { $rule } “{ $comment }” ({ $table }) takes packets from the box ({ $states }) and lets them through. The rule that would stop them stands further down, in place { $guard }.
box-order-remedy = Move the guard above it:
box-rule-title = Rule { $position } lets packets out of the box
box-rule-detail = { $rule } “{ $comment }” ({ $table }) lets packets from the box through ({ $states }), and no rule stops them.
box-rule-remedy = Apply Set-up, which puts a guard on top; or take the box out of this rule with src-address-list=!….
box-fasttrack-title = FastTrack takes the box past the firewall
box-fasttrack-detail = Rule { $position }, { $rule } “{ $comment }” ({ $table }), takes packets from the box ({ $states }). What is FastTracked sees no rule any more, until its connection ends.
box-fasttrack-remedy = Move the guard above FastTrack; connections that are FastTracked already end when they are removed from /ip firewall connection.
box-knock-title = Rule { $position } lets the box write itself into the allow list
box-knock-detail = { $rule } “{ $comment }” ({ $table }) puts whoever sends a certain packet onto the list of those who are let through.
box-knock-remedy = Remove the rule, or let it use another list.
box-unsure-title = It is not certain that the box holds: rule { $position }
box-unsure-detail = { $rule } “{ $comment }” ({ $table }) may take packets from the box ({ $states }). Whether it does hangs on { $unclear }, which cannot be judged from here; it counts as a way out.
box-unsure-remedy = Put the guard above this rule, then it does not matter:
box-loop-title = A chain leads back to itself
box-loop-detail = { $unclear } jumps into a chain that is being gone through ({ $states }). What becomes of packets there cannot be told; it counts as a way out.
box-loop-remedy = Take the jump out, or put the guard above it.
guard-disabled-title = The guard is switched off
guard-disabled-detail = Rule { $position }, { $rule } “{ $comment }” ({ $table }), would hold the box shut, but it is disabled. Packets from the box ({ $states }) get through.
guard-disabled-remedy = Switch it on:
guard-invalid-title = The guard does not work
guard-invalid-detail = Rule { $position }, { $rule } “{ $comment }” ({ $table }), would hold the box shut, but the router shows it as invalid: something that it names is missing. Packets from the box ({ $states }) get through.
guard-invalid-remedy = Mend what the rule names (an interface, a list), or apply Set-up.
guard-missing-title = There is no guard
guard-missing-detail = No rule stops packets from { $list } ({ $states }): they come to the end of the chain, where everything passes.
guard-missing-remedy = Apply Set-up (sallyport router apply ROUTER), which puts the guard in its place. By hand, on the router:

rule-bound-title = The bound rule { $position } lets out whoever is in the box
rule-bound-detail = { $rule } “{ $comment }” ({ $table }) is switched on when its account is let through. It stands before the guard and takes more than that account's own address, so from then on every tunnel in the box is free.
rule-bound-remedy = Move it below the guard, narrow it to the account's fixed address (src-address), or unbind it.
rule-unreached-title = The bound rule { $position } lets { $account } through no more
rule-unreached-detail = { $rule } “{ $comment }” ({ $table }) is on, but rule { $guard }, { $stop }, stops everything that it is for before it is looked at: somebody moved it, or put that rule above it. Whoever confirms reads that they are in, and gets nowhere.
rule-unreached-remedy = Move it above that rule:
rule-outlives-title = The bound rule { $position } stays on if the server dies
rule-outlives-detail = { $rule } “{ $comment }” ({ $table }) lets { $account } through by itself. If the server dies while the rule is on, it stays on, over restarts too: whoever dials in with the account then is inside without being asked.
rule-outlives-remedy = Let it take only what is on the list { $list } as well, whose entries lapse by themselves:
edited-gone-title = Rules that Set-up made are gone ({ $family })
edited-gone-detail = Somebody removed { $rules }. Whether the box holds without them is said apart.
edited-gone-remedy = Apply Set-up again (sallyport router apply ROUTER), or undo it if that was meant. By hand, on the router:
edited-changed-title = Rules that Set-up made are off or changed ({ $family })
edited-changed-detail = { $rules }: switched off, or not as Set-up makes them. Whether the box holds all the same is said apart.
edited-changed-remedy = Apply Set-up again (sallyport router apply ROUTER), or undo it if that was meant. By hand, on the router:
edited-moved-title = Rules that Set-up made are not in their places ({ $family })
edited-moved-detail = { $rules }: moved, or something stands above them that lets packets pass, or drops banned callers before the server has passed. Whether the box holds all the same is said apart.
edited-moved-remedy = Apply Set-up again (sallyport router apply ROUTER). By hand, on the router:
source-routes-title = Networks behind tunnels are not in the box
source-routes-detail = { $accounts }: routes lead to networks behind their tunnels. What comes from there is not on the list of the box and gets through, whatever the owner answers: { $position ->
        [-1] no rule of the chain stops it
       *[other] rule { $position }, { $rule } “{ $comment }”, { $table }; { $states }; not to be judged: { $unclear }
    }.
source-routes-remedy = Apply Set-up (sallyport router apply ROUTER), which holds tunnels by their interfaces as well; or take the routes out of the accounts.
source-routes-shut-title = Networks behind tunnels are in the box
source-routes-shut-detail = { $accounts }: what comes from the networks behind their tunnels is stopped, also while the owner is let through: only the tunnel's own address is.
source-radius-title = RADIUS may lead networks out of the box
source-radius-detail = A RADIUS server that cannot be looked into may put networks behind tunnels (Framed-Route). What comes from there is not on the list of the box and gets through: { $position ->
        [-1] no rule of the chain stops it
       *[other] rule { $position }, { $rule } “{ $comment }”, { $table }; { $states }; not to be judged: { $unclear }
    }.
source-radius-remedy = Apply Set-up (sallyport router apply ROUTER), which holds tunnels by their interfaces as well.
source-chosen-title = What a tunnel sends under another address is not in the box
source-chosen-detail = The box goes by the tunnel's address, and the router does not check that what comes by a tunnel bears it (rp-filter is not strict). Under another address it gets through: { $position ->
        [-1] no rule of the chain stops it
       *[other] rule { $position }, { $rule } “{ $comment }”, { $table }; { $states }; not to be judged: { $unclear }
    }.
source-chosen-remedy = Apply Set-up (sallyport router apply ROUTER), which holds tunnels by their interfaces as well. Or let the router check sources, if no packet may come another way than its answer goes (several providers):
source-neighbour-title = A tunnel can pretend to be one that is let through
source-neighbour-detail = The router does not check that what comes by a tunnel bears its address (rp-filter is not strict). A device in the box that knows the address of somebody who is let through can send under it. The answers go to the other one, so it is one way only.
source-neighbour-remedy = Let the router check sources, if no packet may come another way than its answer goes (several providers):
inwards-open-title = Rule { $position } lets packets into the box
inwards-open-detail = { $rule } “{ $comment }” ({ $table }) takes packets to addresses in the box ({ $states }) and lets them through: answers of connections that should be over, or what others send there.
inwards-open-remedy = Apply Set-up (sallyport router apply ROUTER), which closes this way too. By hand, on the router:
inwards-unsure-title = It is not certain that nothing gets into the box: rule { $position }
inwards-unsure-detail = { $rule } “{ $comment }” ({ $table }) may take packets to addresses in the box ({ $states }). Whether it does hangs on { $unclear }, which cannot be judged from here; it counts as open.
inwards-unsure-remedy = Apply Set-up (sallyport router apply ROUTER), which closes this way too. By hand, on the router:
inwards-missing-title = Nothing keeps packets from going into the box
inwards-missing-detail = What goes to addresses on { $list } ({ $states }) comes to the end of the chain, where everything passes: answers of connections that should be over, or what others send there.
inwards-missing-remedy = Apply Set-up (sallyport router apply ROUTER), which closes this way too. By hand, on the router:

allowed-ok-title = Who is let through gets through
allowed-ok-detail = Packets from addresses on { $list } pass the guard; your other rules stay as they are.
allowed-stopped-title = Rule { $position } stops even those who are let through
allowed-stopped-detail = { $rule } “{ $comment }” ({ $table }) stops all packets from allowed addresses. People confirm and yet reach nothing.
allowed-stopped-remedy = Take those who are let through out of this rule, or put a rule for them above it.
fasttrack-allowed-title = FastTrack keeps connections of people open while the server is away
fasttrack-allowed-detail = Rule { $position }, { $rule } “{ $comment }” ({ $table }), takes connections of people who are let through. When a session ends, the server removes them. If the server is away, the permission lapses, but FastTracked connections go on until they end.
fasttrack-allowed-remedy = If that matters, leave tunnels out of FastTrack: accept their connections in both directions (in-interface=all-ppp and out-interface=all-ppp) in a rule between the guard and FastTrack.
input-ok-title = The router itself is out of reach from the box
input-ok-detail = Neither a service by which the router is managed nor anything else that it serves (names, proxies, SNMP, bandwidth test) answers addresses in the box.
input-open-title = The router's services can be reached from the box
input-open-detail = From the box one reaches: { $services }. It leads nowhere else, but passwords can be tried there.
input-open-remedy = Apply Set-up (sallyport router apply ROUTER --only input), or bind the services to addresses (/ip service). By hand, on the router:

input-proxy-title = From the box one gets out by a service of the router
input-proxy-detail = { $services } is on and answers addresses in the box: it fetches for them whatever they ask for, past the box.
input-proxy-remedy = Switch it off, or close the router itself to the box (sallyport router apply ROUTER --only input). By hand, on the router:
input-names-title = The box can ask the router for names
input-names-detail = The router answers questions for names (/ip dns allow-remote-requests). A little data can be carried out in them, slowly.
input-names-remedy = Apply Set-up (sallyport router apply ROUTER --only input). By hand, on the router:
input-names-page-title = The box can ask the router for names
input-names-page-detail = The page of those who wait is known by a name, so names may be asked for; everything else that the router does is judged apart. A little data can be carried out in such questions, slowly; a page with an address instead of a name needs none.
input6-ok-title = The router itself is out of reach from the box by IPv6
input6-ok-detail = Neither a service by which the router is managed nor anything else that it serves answers what comes from tunnels by IPv6.
input6-open-title = The router's services can be reached from the box by IPv6
input6-open-detail = By IPv6 (an address of the link is enough, which every tunnel with IPv6 has) one reaches from the box: { $services }. It leads nowhere else, but passwords can be tried there.
input6-open-remedy = Switch IPv6 off for the tunnels, or apply Setup (sallyport router apply ROUTER --only ipv6). By hand, on the router:

input6-proxy-title = From the box one gets out by a service of the router, by IPv6
input6-proxy-detail = { $services } is on and answers what comes from tunnels by IPv6: it fetches for them whatever they ask for, past the box.
input6-proxy-remedy = Switch it off, or switch IPv6 off for the tunnels, or apply Setup (sallyport router apply ROUTER --only ipv6). By hand, on the router:
input6-names-title = The box can ask the router for names by IPv6
input6-names-detail = The router answers questions for names (/ip dns allow-remote-requests) that come from tunnels by IPv6. A little data can be carried out in them, slowly.
input6-names-remedy = Switch IPv6 off for the tunnels, or apply Setup (sallyport router apply ROUTER --only ipv6). By hand, on the router:

ipv6-none-title = The router does not speak IPv6
ipv6-none-detail = There is no second way around the box.
ipv6-off-title = Tunnels have no IPv6
ipv6-off-detail = The profiles in use have use-ipv6=no.
ipv6-closed-title = The box holds in IPv6 too
ipv6-closed-detail = Nothing that comes from a tunnel gets through the router by IPv6.
ipv6-open-title = The box is open in IPv6
ipv6-open-detail = Tunnels are given IPv6 prefixes, and what comes from them gets through (rule { $position }: { $rule } “{ $comment }”). Nobody is asked.
ipv6-open-remedy = Switch IPv6 off for the tunnels, or apply Set-up, which closes it. On the router:
ipv6-ajar-title = IPv6 is not closed
ipv6-ajar-detail = Tunnels are given no prefix, so nothing comes back to them; but what they send by IPv6 is not stopped (rule { $position }: { $rule } “{ $comment }”).
ipv6-ajar-remedy = Switch IPv6 off for the tunnels, or apply Set-up, which closes it. On the router:

tls-ok-title = The API is encrypted
tls-ok-detail = The connection is TLS, and the router's certificate is known.
tls-plain-title = The API is not encrypted
tls-plain-detail = The password of the API user, and everything that is decided, goes over the network in clear text.
tls-plain-remedy = Give api-ssl a certificate (Set-up does it) and set the router to TLS in its settings.
login-md5-title = The login is an MD5 challenge
login-md5-detail = RouterOS { $version } knows no better one over the API. Whoever records it can try out passwords at home.
login-md5-remedy = Update RouterOS to 6.43 or later and switch the MD5 login off in the router's settings; until then use a long random password, and TLS.
login-md5-needless-title = The login is an MD5 challenge, without need
login-md5-needless-detail = RouterOS { $version } takes name and password. Whoever records the challenge can try out passwords at home, and RouterOS since 6.45 refuses it.
login-md5-needless-remedy = Switch the MD5 login off in the router's settings.
server-ok-title = No ban keeps the server out
server-ok-detail = What comes from the server's own address gets to the API, also if that address is banned.
server-bannable-title = A ban could keep the server out
server-bannable-detail = The server comes from { $address }. If that address gets onto { $list } (by hand, by another tool, or because people behind the same address are banned), the rule for the list drops the server's packets too, and nothing is opened or closed on this router any more. Sallyport itself does not ban that address.
server-bannable-remedy = Apply Setup (sallyport router apply ROUTER --only server), which puts a rule for the server above it.
server-bannable-raw-title = A ban could keep the server out before the filter is asked
server-bannable-raw-detail = The server comes from { $address }. If that address gets onto { $list }, rule { $position }, { $rule } “{ $comment }” ({ $table }), drops the server's packets too. The raw table comes before the filter, so the server's own way that Set-up makes is never come to, and nothing is opened or closed on this router any more.
server-bannable-raw-remedy = Let the server to the port of the API above that rule (the filter decides about the rest), or have Set-up's rules in its place (sallyport router apply ROUTER --only server --only ban). On the router:
server-unknown-title = From where the server comes cannot be told
server-unknown-detail = The router does not show who is logged in (/user/active is refused). So it cannot be told either whether a step, a ban or the end of a tunnel would lock somebody out who manages the router: what might do so is left undone.
server-unknown-remedy = Give the API user's group the right to read: /user group set [find name=GROUP] policy=read,write,api
bans-ok-title = Banned callers are kept out ({ $family })
bans-ok-detail = Who is on { $list } cannot dial in.
bans-none-title = Nothing keeps banned callers out ({ $family })
bans-none-detail = No rule stops who is on { $list }: they are cut only after they have dialled in.
bans-none-remedy = Apply Set-up (sallyport router apply ROUTER), which adds the rule below the server's own way. By hand, on the router:
bans-late-title = Banned callers may dial in all the same ({ $family })
bans-late-detail = Rule { $position } lets new connections in before { $list } is looked at. If it takes those of the VPN, a ban keeps nobody out.
bans-late-remedy = Move the rule of the bans above it, and below the server's own way (Set-up does):
service-ok-title = The API answers only known addresses
service-ok-detail = It may be used from: { $addresses }.
service-open-title = The API answers everybody
service-open-detail = The service { $service } and the API user may be used from any address.
service-open-remedy = Bind one of them, better both, to the address of this server (ADDRESS):
service-unknown-title = It cannot be told who may use the API
service-unknown-detail = The router does not show the service by which we come in.
service-unknown-remedy = Look at /ip service yourself: its address should be that of this server.
rights-ok-title = The API user has the rights that it needs
rights-ok-detail = { $user }: { $rights }.
rights-missing-title = The API user lacks rights
rights-missing-detail = { $user } lacks: { $rights }. Without them nothing can be seen, opened or closed.
rights-missing-remedy = Give them to its group:
rights-excess-title = The API user may do more than it needs
rights-excess-detail = { $user } also has: { $rights }. Whoever gets hold of its password has them too.
rights-excess-remedy = Give it a group of its own:
rights-unknown-title = The rights of the API user cannot be told
rights-unknown-detail = The router does not show the group of { $user }.
rights-unknown-remedy = Look at /user and /user group yourself: read, write and api are needed, and nothing else.
clock-ok-title = The router's clock is right
clock-ok-detail = It differs from ours by { $seconds } s.
clock-wrong-title = The router's clock is wrong
clock-wrong-detail = It differs from ours by { $seconds } s. Its log, and codes of its User Manager, go by it.
clock-wrong-remedy = Let it take the time from the network:
clock-unknown-title = The router does not tell its time zone
clock-unknown-detail = Whether its clock is right cannot be told.
clock-unknown-remedy = Look at /system clock yourself.
version-ok-title = RouterOS is new enough
version-ok-detail = { $version }. Nothing is known against it.
version-ancient-title = RouterOS is too old
version-ancient-detail = { $version }. Before 6.43 the login of the API is weak, and it is known to be broken into.
version-ancient-remedy = Update it:
version-six-title = RouterOS 6 gets hardly any corrections
version-six-detail = { $version } works, but security corrections come to version 7.
version-six-remedy = Plan the step to version 7. The newest of this version:
version-revokes-title = Rights that are taken away stay until the session ends
version-revokes-detail = { $version }: before 7.24, sessions of the API keep rights that an administrator took away, and weaknesses of the web interface are known.
version-revokes-remedy = Update it:
version-unknown-title = RouterOS's version cannot be told
version-unknown-detail = The router calls itself “{ $version }”.
version-unknown-remedy = Look at /system resource yourself: 6.43 or later is needed.
sessions-ok-title = There are enough API sessions
sessions-ok-detail = The service takes { $count } at a time.
sessions-few-title = The API takes few sessions
sessions-few-detail = It takes { $count } at a time. After a broken connection the old sessions count for a while, and we do not get in.
sessions-few-remedy = Raise the number:
device-ok-title = The device mode is in nobody's way
device-ok-detail = Mode { $mode }; what is needed is permitted.
device-forbids-title = The device mode forbids what is needed
device-forbids-detail = Mode { $mode } forbids: { $features }.
device-forbids-remedy = Permit it; the router asks for its button to be pressed, or its plug to be pulled, within a few minutes:
device-flagged-title = The router is flagged as tampered with
device-flagged-detail = RouterOS has found signs of a break-in, and refuses changes.
device-flagged-remedy = Look for what happened first; the safest is to install it anew. To take the mark off (button or plug within a few minutes):
accounting-ok-title = The User Manager hears of sessions while they last
accounting-ok-detail = Accounting is on, with updates in between.
accounting-off-title = The User Manager hears of no session
accounting-off-detail = Accounting is off: it knows neither who is connected nor how much they used.
accounting-off-remedy = Switch it on:
accounting-final-title = The User Manager hears of sessions only when they begin and end
accounting-final-detail = Without updates in between, a session whose end got lost looks alive for ever.
accounting-final-remedy = Let it be told each minute:
incoming-ok-title = The router takes requests to disconnect
incoming-ok-detail = The User Manager can end sessions of this router.
incoming-off-title = The router takes no requests to disconnect
incoming-off-detail = The User Manager cannot end sessions by RADIUS. Tunnels are cut in /ppp active instead, which works on this router, and on no other that asks it.
incoming-off-remedy = If other routers ask this User Manager:

page-open-title = Those who wait get to their page
page-open-detail = { $policies }: people need the page for a number or a one-time code, and the rules let them reach it.
page-shut-title = Those who wait do not get to their page
page-shut-detail = { $policies }: people need the page for the number that they pick or for a one-time code, and the rules keep it shut: nobody can be confirmed that way.
page-shut-remedy = Apply the step "The page of the box is reachable" of Setup (sallyport router apply ROUTER --only page), or choose a policy that needs no page.
page-nowhere-title = Those who wait do not know where their page is
page-nowhere-detail = { $policies }: people need the page for the number that they pick or for a one-time code, but no public URL is set, so nothing can be opened for them.
page-nowhere-remedy = Set the public URL in the settings, then apply the step "The page of the box is reachable" of Setup (sallyport router apply ROUTER --only page).
