# Why an account on a router was not made, changed or removed, for administrators, in English. Every key stands in
# accounts.ru.ftl too (a test compares them).

name-empty = Give the account a name
name-too-long = The name is too long: the router takes at most 253 bytes (a Cyrillic letter has two)
name-control = The name has a line break or another character that nobody can type
name-edges = The name begins or ends with a blank; take it away
name-like-an-id = A name must not begin with an asterisk: the router would take it for one of its own numbers
password-empty = Without a password everybody who knows the name could connect; give one
password-too-short = The password is too short: it can be guessed. Use at least 8 characters
password-too-long = The password is too long: at most 128 characters
password-foreign = Use Latin letters, digits and signs only: VPN clients and RouterOS write other letters differently, and nobody could connect
password-edges = The password begins or ends with a blank, as copied ones do; take it away

place-ppp-secret = PPP secrets
place-user-manager-7 = User Manager
place-user-manager-6 = User Manager

not-allowed = Accounts are not managed from here. An administrator can allow it in the settings: “Accounts may be created and deleted on routers”
observed = { $router } is only watched, so nothing is changed on it. Set its mode to ENFORCE first
switched-off = { $router } is switched off here. Switch it on first
no-place = { $router } keeps no accounts in the { $place }. Choose another place, or leave it open
profile-unknown = { $router } has no profile { $profile } there. It has: { $known }
no-profiles = none
exists = { $router } has an account { $name } already ({ $place }). Choose another name, or manage that one
twice = { $router } has { $name } both among the PPP secrets and in the User Manager. Say which one is meant
under-way = The account { $name } on { $router } is being changed right now. Try again in a minute
unproven = { $router } accepted the change, but { $name } is not as it should be when read back. Look at the router, then try again
rights = Give the API user's group on the router the policies read, write and api.
refused = { $router } refused: { $words }
lost-create = The connection to { $router } broke off while { $name } was being made. Whether it is there is found out as soon as the router answers, and is then in the audit. Making it again is safe: there will be one account, closed
lost-password = The connection to { $router } broke off while the password of { $name } was being changed. It may be the old or the new one: set it again as soon as the router answers
lost-delete = { $name } is decided to be removed from { $router }, and its access is ended. The connection broke off: it is removed as soon as the router answers
