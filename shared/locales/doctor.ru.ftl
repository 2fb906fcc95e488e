# Что доктор говорит о роутере, по-русски. Те же ключи есть в doctor.en.ftl (их сравнивает тест).
# У каждой находки: -title что это, -detail что найдено и что это значит, -remedy что сделать (нет, если всё в порядке).
# Команды для роутера добавляются к -remedy сами.

profile-ok-title = Каждый туннель начинается в коробке
profile-ok-detail = Используемые профили PPP заносят адрес туннеля в список { $list } с первого пакета.
profile-none-title = Туннели никто не помещает в коробку
profile-none-detail = Ни у одного профиля PPP нет списка адресов { $list }. Любой туннель свободен с первого пакета.
profile-none-remedy = Укажите список в профиле учётных записей VPN; это делает «Настройка». На роутере:
profile-unboxed-title = Профиль { $profile } не помещает туннели в коробку
profile-unboxed-detail = Он у учётных записей людей: { $accounts }. Их туннели свободны с первого пакета, что бы люди ни ответили.
profile-unboxed-remedy = Укажите в профиле список { $list } или дайте записям другой профиль. Поднятые туннели должны подключиться заново. На роутере:
profile-unowned-title = У ничьих учётных записей профиль без коробки
profile-unowned-detail = Профиль { $profile }: { $accounts }. Эти записи ничьи, поэтому их туннели обрываются, как только замечены; до того они свободны.
profile-unowned-remedy = Отключите записи, привяжите их к людям или укажите в профиле список { $list }:
profile-radius-title = Учётным записям RADIUS достаётся профиль { $profile } без коробки
profile-radius-detail = Спрашивают сервер RADIUS вне этого роутера, чьих записей не перечислить. Включённый VPN-сервер даёт им этот профиль, и их туннели свободны с первого пакета.
profile-radius-remedy = Укажите в профиле список { $list }, а в том сервере RADIUS не называйте других (Mikrotik-Group, Mikrotik-Address-List). На роутере:
account-lists-title = RADIUS выводит учётные записи из коробки
account-lists-detail = { $accounts }: Mikrotik-Address-List заносит их адреса в другие списки, а не в { $list }, что бы ни говорил профиль. Их туннели свободны с первого пакета.
account-lists-remedy = Уберите Mikrotik-Address-List из атрибутов пользователя или группы или назовите в нём { $list }.
account-lists-unowned-title = RADIUS выводит из коробки ничьи учётные записи
account-lists-unowned-detail = { $accounts }: Mikrotik-Address-List заносит их адреса в другие списки, а не в { $list }. Эти записи ничьи, поэтому их туннели обрываются, как только замечены; до того они свободны.
account-lists-unowned-remedy = Отключите записи, привяжите их к людям или назовите в атрибуте { $list }.
profile-bridged-title = Профиль { $profile } может пускать туннели в мост { $bridge }
profile-bridged-detail = Устройство, которое этого попросит (BCP), шлёт кадры в вашу сеть, будто включено в неё кабелем. Правила, которые смотрят на адреса, их не видят, что бы ни ответил владелец.
profile-bridged-remedy = Уберите мост из профиля или дайте учётным записям VPN другой профиль:
server-ethernet-title = Сервер OpenVPN принимает кадры
server-ethernet-detail = При mode=ethernet подключившийся оказывается рядом с вашей сетью, и правила, которые смотрят на адреса, его не видят, что бы ни ответил владелец.
server-ethernet-remedy = Переключите сервер на адреса; в настройках клиентов вместо dev tap должно стоять dev tun:
tunnel-nowhere-title = Подняты туннели без адреса
tunnel-nowhere-detail = { $accounts }: без адреса им не попасть в { $list }, а их кадры могут уходить в мост мимо всех правил. Их обрывают, как только заметят.
tunnel-nowhere-remedy = Выясните, почему адреса нет (мост в профиле, сервер с mode=ethernet), и завершите их:
tunnel-free-title = Ожидающие туннели не в коробке
tunnel-free-detail = { $accounts }: их адресов нет в { $list }, и всё, что с них приходит, проходит, хотя никто их не пропускал. Они поднялись раньше, чем профиль получил список, или получают списки из другого места.
tunnel-free-remedy = Завершите их; подключившись снова, они окажутся в коробке, если остальное в порядке:
tunnel-unboxed-title = Пропущенных туннелей нет в { $list }
tunnel-unboxed-detail = { $accounts }: сейчас им можно проходить, но они проходили бы и дальше, когда разрешение истечёт: их адресов нет в списке. Они поднялись раньше, чем профиль его получил.
tunnel-unboxed-remedy = Всё встанет на место, когда они подключатся снова. Завершить их сейчас:
addresses-missing-title = Профиль { $profile } не выдаёт адресов
addresses-missing-detail = В нём нет удалённого адреса, и у части его записей нет своего: их туннели не поднимаются.
addresses-missing-remedy = Укажите в нём пул или дайте записям адреса: /ip pool, /ppp profile, /ppp secret.

box-holds-title = Коробка закрыта
box-holds-detail = С адресов из списка { $list } через роутер не проходит ничего: ни новые соединения, ни пропущенные раньше.
box-holds-telegram-title = Коробка закрыта, кроме Telegram (как настроено)
box-holds-telegram-detail = Ничто, идущее с адресов из списка { $list }, через роутер не проходит, кроме TCP к сетям Telegram на порты его приложений: это намеренно открыто настройкой. Ничего шире не найдено.
box-order-title = Правило { $position } выпускает из коробки раньше заслона
box-order-detail = { $rule } «{ $comment }» ({ $table }) берёт пакеты из коробки ({ $states }) и пропускает их. Правило, которое их остановило бы, стоит ниже, на месте { $guard }.
box-order-remedy = Поднимите заслон выше него:
box-rule-title = Правило { $position } выпускает пакеты из коробки
box-rule-detail = { $rule } «{ $comment }» ({ $table }) пропускает пакеты из коробки ({ $states }), и ни одно правило их не останавливает.
box-rule-remedy = Примените «Настройку», она поставит заслон сверху, или исключите коробку из этого правила: src-address-list=!….
box-fasttrack-title = FastTrack проводит коробку мимо файрвола
box-fasttrack-detail = Правило { $position }, { $rule } «{ $comment }» ({ $table }), берёт пакеты из коробки ({ $states }). Соединение под FastTrack больше не видит правил, пока не закончится.
box-fasttrack-remedy = Поднимите заслон выше FastTrack; соединения, уже взятые им, заканчиваются удалением из /ip firewall connection.
box-knock-title = Правило { $position } позволяет коробке записать себя в список пропущенных
box-knock-detail = { $rule } «{ $comment }» ({ $table }) заносит приславшего нужный пакет в список тех, кого пропускают.
box-knock-remedy = Удалите правило или укажите в нём другой список.
box-unsure-title = Нет уверенности, что коробка закрыта: правило { $position }
box-unsure-detail = { $rule } «{ $comment }» ({ $table }) может брать пакеты из коробки ({ $states }). Это зависит от { $unclear }, о чём отсюда судить нельзя; считается выходом.
box-unsure-remedy = Поставьте заслон выше этого правила, тогда это не важно:
box-loop-title = Цепочка ведёт сама в себя
box-loop-detail = { $unclear } ведёт в цепочку, которая уже проходится ({ $states }). Что там будет с пакетами, сказать нельзя; считается выходом.
box-loop-remedy = Уберите этот переход или поставьте заслон выше него.
guard-disabled-title = Заслон выключен
guard-disabled-detail = Правило { $position }, { $rule } «{ $comment }» ({ $table }), закрыло бы коробку, но оно выключено. Пакеты из коробки ({ $states }) проходят.
guard-disabled-remedy = Включите его:
guard-invalid-title = Заслон не работает
guard-invalid-detail = Правило { $position }, { $rule } «{ $comment }» ({ $table }), закрыло бы коробку, но роутер показывает его недействительным: нет чего-то, что в нём названо. Пакеты из коробки ({ $states }) проходят.
guard-invalid-remedy = Исправьте то, что названо в правиле (интерфейс, список), или примените «Настройку».
guard-missing-title = Заслона нет
guard-missing-detail = Ни одно правило не останавливает пакеты из { $list } ({ $states }): они доходят до конца цепочки, где проходит всё.
guard-missing-remedy = Примените «Настройку» (sallyport router apply РОУТЕР), она поставит заслон на место. Вручную, на роутере:

rule-bound-title = Привязанное правило { $position } выпускает всех, кто в коробке
rule-bound-detail = { $rule } «{ $comment }» ({ $table }) включается, когда пропускают его учётную запись. Оно стоит раньше заслона и берёт не только адрес этой записи, так что с этого мига свободен каждый туннель в коробке.
rule-bound-remedy = Опустите его ниже заслона, сузьте до постоянного адреса записи (src-address) или отвяжите.
source-routes-title = Сети за туннелями не в коробке
source-routes-detail = { $accounts }: маршруты ведут в сети за их туннелями. Того, что приходит оттуда, в списке коробки нет, и оно проходит, что бы ни ответил владелец: { $position ->
        [-1] ни одно правило цепочки его не останавливает
       *[other] правило { $position }, { $rule } «{ $comment }», { $table }; { $states }; не оценить: { $unclear }
    }.
source-routes-remedy = Примените «Настройку» (sallyport router apply ROUTER): она держит туннели и по интерфейсам; или уберите маршруты из учётных записей.
source-routes-shut-title = Сети за туннелями в коробке
source-routes-shut-detail = { $accounts }: то, что приходит из сетей за их туннелями, останавливается, и пока владелец пропущен, тоже: пропускают только адрес самого туннеля.
source-radius-title = RADIUS может вывести сети из коробки
source-radius-detail = Сервер RADIUS, в который не заглянуть, может назвать сети за туннелями (Framed-Route). Того, что приходит оттуда, в списке коробки нет, и оно проходит: { $position ->
        [-1] ни одно правило цепочки его не останавливает
       *[other] правило { $position }, { $rule } «{ $comment }», { $table }; { $states }; не оценить: { $unclear }
    }.
source-radius-remedy = Примените «Настройку» (sallyport router apply ROUTER): она держит туннели и по интерфейсам.
source-chosen-title = То, что туннель шлёт под чужим адресом, не в коробке
source-chosen-detail = Коробка смотрит на адрес туннеля, а роутер не проверяет, что приходящее по туннелю его носит (rp-filter не strict). Под другим адресом оно проходит: { $position ->
        [-1] ни одно правило цепочки его не останавливает
       *[other] правило { $position }, { $rule } «{ $comment }», { $table }; { $states }; не оценить: { $unclear }
    }.
source-chosen-remedy = Примените «Настройку» (sallyport router apply ROUTER): она держит туннели и по интерфейсам. Или пусть роутер проверяет источники, если ни один пакет не приходит иным путём, чем уходит ответ (несколько провайдеров):
source-neighbour-title = Туннель может выдать себя за пропущенный
source-neighbour-detail = Роутер не проверяет, что приходящее по туннелю носит его адрес (rp-filter не strict). Устройство в коробке, которое знает адрес пропущенного соседа, может слать под ним. Ответы уходят соседу, так что это путь в одну сторону.
source-neighbour-remedy = Пусть роутер проверяет источники, если ни один пакет не приходит иным путём, чем уходит ответ (несколько провайдеров):
inwards-open-title = Правило { $position } впускает пакеты в коробку
inwards-open-detail = { $rule } «{ $comment }» ({ $table }) берёт пакеты к адресам в коробке ({ $states }) и пропускает их: ответы соединений, которым пора кончиться, или то, что шлют туда другие.
inwards-open-remedy = Примените «Настройку» (sallyport router apply ROUTER): она закрывает и этот путь. Вручную, на роутере:
inwards-unsure-title = Нет уверенности, что в коробку ничего не попадает: правило { $position }
inwards-unsure-detail = { $rule } «{ $comment }» ({ $table }) может брать пакеты к адресам в коробке ({ $states }). Решает { $unclear }, а это отсюда не оценить; считается, что открыто.
inwards-unsure-remedy = Примените «Настройку» (sallyport router apply ROUTER): она закрывает и этот путь. Вручную, на роутере:
inwards-missing-title = Ничто не мешает пакетам идти в коробку
inwards-missing-detail = То, что идёт к адресам из { $list } ({ $states }), доходит до конца цепочки, где проходит всё: ответы соединений, которым пора кончиться, или то, что шлют туда другие.
inwards-missing-remedy = Примените «Настройку» (sallyport router apply ROUTER): она закрывает и этот путь. Вручную, на роутере:

allowed-ok-title = Кого пропускают, тот проходит
allowed-ok-detail = Пакеты с адресов из списка { $list } проходят заслон; остальные ваши правила действуют как прежде.
allowed-stopped-title = Правило { $position } останавливает и тех, кого пропускают
allowed-stopped-detail = { $rule } «{ $comment }» ({ $table }) останавливает все пакеты с разрешённых адресов. Люди подтверждают вход, но ни до чего не доходят.
allowed-stopped-remedy = Исключите пропущенных из этого правила или поставьте выше правило для них.
fasttrack-allowed-title = Пока сервер недоступен, FastTrack держит соединения людей
fasttrack-allowed-detail = Правило { $position }, { $rule } «{ $comment }» ({ $table }), берёт соединения тех, кого пропускают. В конце сеанса сервер удаляет их. Если сервер недоступен, разрешение истекает, но соединения под FastTrack живут, пока не закончатся сами.
fasttrack-allowed-remedy = Если это важно, не отдавайте туннели FastTrack: принимайте их соединения в обе стороны (in-interface=all-ppp и out-interface=all-ppp) правилом между заслоном и FastTrack.
input-ok-title = Сам роутер из коробки недоступен
input-ok-detail = Ни службы управления, ни остальное, что он обслуживает (имена, прокси, SNMP, тест скорости), не отвечают адресам в коробке.
input-open-title = Службы роутера доступны из коробки
input-open-detail = Из коробки доступны: { $services }. Дальше они не ведут, но там можно подбирать пароли.
input-open-remedy = Примените «Настройку» (sallyport router apply РОУТЕР --only input) или привяжите службы к адресам (/ip service). Вручную, на роутере:

input-proxy-title = Из коробки можно выйти через службу роутера
input-proxy-detail = Включено и отвечает адресам в коробке: { $services }. Оно добывает для них всё, что попросят, мимо коробки.
input-proxy-remedy = Выключите эту службу или закройте сам роутер от коробки (sallyport router apply РОУТЕР --only input). Вручную, на роутере:
input-names-title = Из коробки можно спрашивать у роутера имена
input-names-detail = Роутер отвечает на запросы имён (/ip dns allow-remote-requests). В них понемногу можно выносить данные.
input-names-remedy = Примените «Настройку» (sallyport router apply РОУТЕР --only input). Вручную, на роутере:
input-names-page-title = Из коробки можно спрашивать у роутера имена
input-names-page-detail = Страница ожидания известна по имени, поэтому имена спрашивать можно; остальное, что делает роутер, оценивается отдельно. В таких запросах понемногу можно выносить данные; странице с адресом вместо имени они не нужны.

ipv6-none-title = Роутер не говорит на IPv6
ipv6-none-detail = Второго пути в обход коробки нет.
ipv6-off-title = У туннелей нет IPv6
ipv6-off-detail = У используемых профилей use-ipv6=no.
ipv6-closed-title = Коробка закрыта и в IPv6
ipv6-closed-detail = Из туннелей по IPv6 через роутер не проходит ничего.
ipv6-open-title = Коробка открыта в IPv6
ipv6-open-detail = Туннелям выдаются префиксы IPv6, и пакеты из них проходят (правило { $position }: { $rule } «{ $comment }»). Никого не спрашивают.
ipv6-open-remedy = Выключите IPv6 для туннелей или примените «Настройку», она его закроет. На роутере:
ipv6-ajar-title = IPv6 не закрыт
ipv6-ajar-detail = Префиксов туннелям не выдают, поэтому ответы к ним не приходят; но отправленное по IPv6 не останавливается (правило { $position }: { $rule } «{ $comment }»).
ipv6-ajar-remedy = Выключите IPv6 для туннелей или примените «Настройку», она его закроет. На роутере:

tls-ok-title = API зашифрован
tls-ok-detail = Соединение идёт по TLS, сертификат роутера известен.
tls-plain-title = API не зашифрован
tls-plain-detail = Пароль пользователя API и все решения идут по сети открытым текстом.
tls-plain-remedy = Дайте службе api-ssl сертификат (это делает «Настройка») и выберите TLS в настройках роутера.
login-md5-title = Вход — по вызову MD5
login-md5-detail = RouterOS { $version } не умеет входить в API иначе. Кто запишет такой вход, сможет дома подбирать пароль.
login-md5-remedy = Обновите RouterOS до 6.43 или новее и выключите вход MD5 в настройках роутера; до тех пор — длинный случайный пароль и TLS.
login-md5-needless-title = Вход — по вызову MD5, хотя это не нужно
login-md5-needless-detail = RouterOS { $version } принимает имя и пароль. Кто запишет вызов, сможет дома подбирать пароль, а RouterOS с 6.45 отвергает такой вход.
login-md5-needless-remedy = Выключите вход MD5 в настройках роутера.
bans-ok-title = Забаненных не пускают ({ $family })
bans-ok-detail = Кто в списке { $list }, подключиться не может.
bans-none-title = Забаненных ничто не останавливает ({ $family })
bans-none-detail = Ни одно правило не задерживает тех, кто в списке { $list }: их обрывают, только когда они уже подключились.
bans-none-remedy = Правило добавит «Настройка», или:
bans-late-title = Забаненные могут подключиться ({ $family })
bans-late-detail = Правило { $position } впускает новые соединения раньше, чем проверяется { $list }. Если оно касается VPN, бан никого не останавливает.
bans-late-remedy = Поднимите правило банов выше него (это делает «Настройка»):
service-ok-title = API отвечает только известным адресам
service-ok-detail = Им можно пользоваться с: { $addresses }.
service-open-title = API отвечает всем
service-open-detail = Служба { $service } и пользователь API доступны с любого адреса.
service-open-remedy = Привяжите одно из двух, лучше оба, к адресу этого сервера (ADDRESS):
service-unknown-title = Не видно, кому доступен API
service-unknown-detail = Роутер не показывает службу, через которую мы входим.
service-unknown-remedy = Посмотрите /ip service сами: там должен стоять адрес этого сервера.
rights-ok-title = У пользователя API есть нужные права
rights-ok-detail = { $user }: { $rights }.
rights-missing-title = Пользователю API не хватает прав
rights-missing-detail = У { $user } нет: { $rights }. Без них ничего нельзя увидеть, открыть и закрыть.
rights-missing-remedy = Дайте их его группе:
rights-excess-title = Пользователь API может больше, чем нужно
rights-excess-detail = У { $user } есть ещё: { $rights }. Кто узнает его пароль, получит и их.
rights-excess-remedy = Дайте ему свою группу:
rights-unknown-title = Права пользователя API не видны
rights-unknown-detail = Роутер не показывает группу { $user }.
rights-unknown-remedy = Посмотрите /user и /user group сами: нужны read, write и api, больше ничего.
clock-ok-title = Часы роутера верны
clock-ok-detail = Они отличаются от наших на { $seconds } с.
clock-wrong-title = Часы роутера неверны
clock-wrong-detail = Они отличаются от наших на { $seconds } с. По ним идут его журнал и коды его User Manager.
clock-wrong-remedy = Пусть он берёт время из сети:
clock-unknown-title = Роутер не сообщает часовой пояс
clock-unknown-detail = Верны ли его часы, сказать нельзя.
clock-unknown-remedy = Посмотрите /system clock сами.
version-ok-title = RouterOS достаточно новая
version-ok-detail = { $version }. Известных проблем нет.
version-ancient-title = RouterOS слишком старая
version-ancient-detail = { $version }. До 6.43 вход в API слаб, и такие роутеры взламывают.
version-ancient-remedy = Обновите её:
version-six-title = RouterOS 6 почти не исправляют
version-six-detail = { $version } работает, но исправления безопасности выходят для версии 7.
version-six-remedy = Запланируйте переход на версию 7. Новейшая из этой версии:
version-revokes-title = Отобранные права действуют до конца сеанса
version-revokes-detail = { $version }: до 7.24 сеансы API сохраняют права, которые отобрал администратор, и известны слабости веб-интерфейса.
version-revokes-remedy = Обновите её:
version-unknown-title = Версия RouterOS не видна
version-unknown-detail = Роутер называет её «{ $version }».
version-unknown-remedy = Посмотрите /system resource сами: нужна 6.43 или новее.
sessions-ok-title = Сеансов API достаточно
sessions-ok-detail = Служба принимает { $count } одновременно.
sessions-few-title = API принимает мало сеансов
sessions-few-detail = Одновременно: { $count }. После обрыва старые сеансы ещё считаются, и нас не пускают.
sessions-few-remedy = Увеличьте число:
device-ok-title = Режим устройства не мешает
device-ok-detail = Режим { $mode }; нужное разрешено.
device-forbids-title = Режим устройства запрещает нужное
device-forbids-detail = Режим { $mode } запрещает: { $features }.
device-forbids-remedy = Разрешите; роутер попросит за несколько минут нажать его кнопку или отключить питание:
device-flagged-title = Роутер помечен как взломанный
device-flagged-detail = RouterOS нашла следы взлома и отказывается от изменений.
device-flagged-remedy = Сначала выясните, что произошло; надёжнее всего установить её заново. Снять пометку (кнопка или питание за несколько минут):
accounting-ok-title = User Manager знает о сеансах, пока они идут
accounting-ok-detail = Учёт включён, с промежуточными сообщениями.
accounting-off-title = User Manager не знает ни об одном сеансе
accounting-off-detail = Учёт выключен: неизвестно, кто подключён и сколько использовал.
accounting-off-remedy = Включите его:
accounting-final-title = User Manager узнаёт о сеансах только в начале и в конце
accounting-final-detail = Без промежуточных сообщений сеанс, чей конец потерялся, выглядит живым вечно.
accounting-final-remedy = Пусть сообщает каждую минуту:
incoming-ok-title = Роутер принимает просьбы отключить
incoming-ok-detail = User Manager может завершать сеансы этого роутера.
incoming-off-title = Роутер не принимает просьб отключить
incoming-off-detail = User Manager не может завершать сеансы по RADIUS. Туннели обрываются через /ppp active: это работает на этом роутере, но не на других, которые к нему обращаются.
incoming-off-remedy = Если к этому User Manager обращаются другие роутеры:

page-open-title = Ожидающие могут открыть свою страницу
page-open-detail = { $policies }: людям нужна страница, для числа или одноразового кода, и правила её пропускают.
page-shut-title = Ожидающие не могут открыть свою страницу
page-shut-detail = { $policies }: людям нужна страница, для числа или одноразового кода, но правила её не пропускают: так никого не подтвердить.
page-shut-remedy = Примените в «Настройке» шаг про страницу (sallyport router apply РОУТЕР --only page) или выберите политику, которой страница не нужна.
page-nowhere-title = Ожидающим неизвестно, где их страница
page-nowhere-detail = { $policies }: людям нужна страница, для числа или одноразового кода, но публичный адрес не указан, поэтому открыть им нечего.
page-nowhere-remedy = Укажите публичный адрес в настройках, затем примените в «Настройке» шаг про страницу (sallyport router apply РОУТЕР --only page).
