# Что слышат люди, по-русски. Каждый ключ есть и в en.ftl (тест их сравнивает).
# Допустимо подмножество HTML Telegram: <b>, <i>, <code>.

welcome = Здравствуйте! Через меня сотрудники попадают в VPN своей организации.

    Для начала зарегистрируйтесь: я передам ваше имя администратору.
ask-name = Как вас зовут? Напишите так, как вас знает администратор, например <i>Анна Лебедева</i>.
bad-name = Не похоже на имя. Напишите, пожалуйста, одну строку не длиннее { $max } знаков.
registration-filed = Спасибо, <b>{ $name }</b>. Заявка у администраторов. Напишу, как только они решат.
registration-pending = <b>{ $name }</b>, ваша заявка ещё у администраторов. Напишу, как только они решат.
registration-approved = <b>{ $name }</b>, регистрация подтверждена. Когда понадобится доступ, нажмите <b>Получить VPN</b>.
registration-rejected = Заявка отклонена: { $reason }

    Если это ошибка, можно зарегистрироваться ещё раз.
blocked = Ваш доступ заблокирован. Обратитесь, пожалуйста, к администратору.
menu = <b>{ $name }</b>, что сделать?
help = <b>Как это работает</b>

    1. Нажмите <b>Получить VPN</b>: учётка включится на ограниченное время.
    2. Подключитесь обычным VPN-клиентом вашего компьютера.
    3. Если я спрошу, вы ли это, нажмите <b>Подтвердить</b>. Если это не вы, нажмите <b>Это не я</b>: соединение сразу оборвётся.

    /vpn – получить доступ
    /sessions – мои сессии, продлить или завершить
    /status – моё состояние
    /language – язык
choose-language = На каком языке мне писать?
language-set = Теперь пишу по-русски.
no-accounts = К вам ещё не привязана ни одна учётка VPN. Это делает администратор; потом попробуйте снова.
choose-account = Какую учётку использовать?
session-requested = Запрос на <code>{ $account }</code> у операторов. Напишу, как только они решат.
grant-delayed = Роутер { $router } сейчас не отвечает. Я продолжаю попытки и напишу, как только <code>{ $account }</code> включится.
session-granted = <b>Можно подключаться.</b>
    Учётка: <code>{ $account }</code> на { $router }
    Доступ до <b>{ $until }</b>; подключиться нужно до { $connectBy }.
session-refused = В доступе для <code>{ $account }</code> отказано. Причина: { $reason }
request-lapsed = По запросу на <code>{ $account }</code> вовремя никто не решил. Можно запросить ещё раз.
prompt = <b>Это вы сейчас подключились?</b>
    Учётка: <code>{ $account }</code> на { $router }
    Откуда: <code>{ $caller }</code>{ $country }
    Адрес в VPN: <code>{ $address }</code>
    Время: { $at }

    Пока нет ответа, соединение никуда не ведёт. Без ответа оно оборвётся через { $span }.
prompt-number = <b>Это вы сейчас подключились?</b>
    Учётка: <code>{ $account }</code> на { $router }
    Откуда: <code>{ $caller }</code>{ $country }
    Адрес в VPN: <code>{ $address }</code>
    Время: { $at }

    Откройте на подключённом устройстве { $url } и выберите число, которое там показано. Без ответа соединение оборвётся через { $span }.
page-unknown = страницу входа (её адрес знает администратор)
prompt-over = Соединение <code>{ $account }</code> с <code>{ $caller }</code>, { $at }.
    <b>{ $outcome }</b>
outcome-confirmed = Подтверждено
outcome-confirmed-by-admin = Подтверждено администратором
outcome-not-me = Ответ: «Это не я». Соединение обрывается
outcome-wrong-number = Выбрано не то число, которое показано на странице. Соединение обрывается
outcome-denied-by-admin = Отклонено администратором
outcome-expired = Ответа вовремя не было. Соединение обрывается
outcome-gone = Соединения больше нет
outcome-ended = Сессия закончилась
opened = <b>Доступ открыт.</b> <code>{ $account }</code>, адрес в VPN <code>{ $address }</code>.
    Доступ до <b>{ $until }</b>.
open-delayed = Роутер сейчас не отвечает. Я продолжаю попытки открыть доступ для <code>{ $account }</code>.
open-refused = Роутер не открыл доступ для <code>{ $account }</code>. Администраторы об этом знают.
tunnel-gone = Соединения <code>{ $account }</code> больше нет. Подключитесь снова, и я спрошу ещё раз.
confirm-timed-out = Подтверждения вовремя не было, поэтому соединение <code>{ $account }</code> обрывается. Если это были вы, подключитесь снова.
wrong-number = Число не то, поэтому соединение <code>{ $account }</code> обрывается. Если оно было ваше, подключитесь снова и посмотрите на страницу. Если не ваше, в следующий раз нажмите <b>Это не я</b> и сообщите администратору: вашим паролем завладел кто-то другой.
codes = <b>Одноразовые коды</b>

    Когда Telegram недоступен, вместо него впускает код из приложения (Google Authenticator, Aegis, 2FAS…). Настройте сейчас, пока я на связи.
codes-enabled = <b>Одноразовые коды</b> настроены. Когда Telegram недоступен, откройте страницу ожидающего соединения и введите код из приложения.
codes-seed = Отсканируйте картинку приложением для кодов или введите ключ <code>{ $secret }</code>.

    Затем пришлите мне шесть цифр, которые оно покажет. Сразу после этого картинка исчезнет.
codes-wrong = Это не код этой минуты. Проверьте время на телефоне и пришлите шесть цифр ещё раз.
codes-on = Готово: коды из приложения теперь действуют. Не удаляйте его: картинка больше не покажется.
codes-off = Одноразовые коды отключены. Коды из приложения больше не действуют.
prompts-paused = За короткое время вопросов было много, поэтому пока я спрашиваю не о каждом соединении. Ещё одно соединение <code>{ $account }</code>, с <code>{ $caller }</code>, ждёт и оборвётся, если место для вопроса не освободится. Если это были не вы, сообщите администратору: вашим паролем мог завладеть кто-то другой.
ends-earlier = Доступ с <code>{ $account }</code> теперь заканчивается в <b>{ $until }</b>, раньше, чем я говорил: правила изменились.
too-many-tunnels = Ещё одно соединение <code>{ $account }</code>, с <code>{ $caller }</code>, оборвано: одновременно столько нельзя. Если это были не вы, сообщите администратору: вашим паролем мог завладеть кто-то другой.
foreign-place = Соединение <code>{ $account }</code> с <code>{ $caller }</code> оборвано: оттуда доступ не разрешён. Если это были не вы, сообщите администратору.
outside-hours = Соединение <code>{ $account }</code> оборвано: в это время доступ не разрешён.
reminder = Доступ с <code>{ $account }</code> заканчивается в <b>{ $until }</b>. Нужно ещё время?
reminder-last = Доступ с <code>{ $account }</code> заканчивается в <b>{ $until }</b>. Продлить его больше нельзя.
extended = Продлено: доступ с <code>{ $account }</code> до <b>{ $until }</b>.
ended-finished-by-user = Завершено. Доступ с <code>{ $account }</code> закрыт.
ended-by-admin = Администратор завершил ваш доступ с <code>{ $account }</code>. Он закрыт.
ended-expired = Время вышло: доступ с <code>{ $account }</code> закрыт.
ended-denied = Готово: чужое соединение с <code>{ $account }</code> оборвано, доступ закрыт. Администраторы об этом знают. Прежде чем подключаться снова, смените с ними пароль.
ended-confirm-timeout = Подтверждения вовремя не было, поэтому соединение <code>{ $account }</code> оборвано. Если это были вы, подключитесь снова.
ended-banned = Слишком много соединений без подтверждения: доступ с <code>{ $account }</code> на время закрыт.
ended-user-blocked = Ваш доступ заблокирован. Обратитесь, пожалуйста, к администратору.
ended-account-removed = Учётка <code>{ $account }</code> больше к вам не привязана. Доступ закрыт.
ended-never-connected = Подключения вовремя не было, поэтому <code>{ $account }</code> снова выключена. Когда понадобится, нажмите <b>Получить VPN</b>.
ended-refused = В доступе для <code>{ $account }</code> отказано.
end-delayed = Сессия с <code>{ $account }</code> закончилась. Роутер { $router } сейчас не отвечает; всё закроется, как только он ответит.
no-sessions = Сейчас у вас нет сессий. Когда понадобится доступ, нажмите <b>Получить VPN</b>.
session-line-requested = <code>{ $account }</code> на { $router }: ждёт решения оператора
session-line-confirming = <code>{ $account }</code> на { $router }: <b>ждёт вашего ответа</b>, до <b>{ $until }</b>
session-line-ended = <code>{ $account }</code> на { $router }: завершена
session-line-inside = <code>{ $account }</code> на { $router }: <b>подключено</b>, до <b>{ $until }</b>
session-line-allowed = <code>{ $account }</code> на { $router }: разрешено, до <b>{ $until }</b>
status = <b>{ $name }</b>
    Учётки: { $accounts }
    { $sessions ->
        [0] Активных сессий нет.
        [one] { $sessions } активная сессия.
        [few] { $sessions } активные сессии.
       *[other] { $sessions } активных сессий.
    }
trouble = У нас что-то пошло не так, ничего не изменилось. Попробуйте, пожалуйста, через минуту.
private-only = Я разговариваю только лично. Напишите мне в личные сообщения.
too-fast = Слишком много сразу. Подождите немного и попробуйте ещё раз.
bad-invitation = Приглашение уже использовано или устарело. Попросите у администратора новое или зарегистрируйтесь сами.
invitation-taken = Этот аккаунт Telegram уже зарегистрирован, под именем <b>{ $name }</b>. Попросите администратора сначала отвязать его; приглашение останется в силе.
stopped = Хорошо, ответа больше не жду. Ваш доступ остался как был; завершить сессию можно в /sessions.

# Администраторам.
admin-linked = Этот чат теперь принадлежит администратору <b>{ $username }</b>. Сюда приходит всё, что требует внимания.

    /admin – что ждёт решения, и активные сессии
    /stop – больше не писать в этот чат
admin-unlinked = Этот чат больше не принадлежит администратору <b>{ $username }</b>, сообщений не будет. Новый код из консоли привяжет его снова.
admin-linked-elsewhere = ⚠️ К администратору <b>{ $username }</b> только что привязали другой Telegram; в этот чат сообщений больше не будет. Если это были не вы, сейчас же смените пароль в консоли: привязка при этом снимается.
admin-somebody-linked = К администратору <b>{ $username }</b> только что привязали Telegram. Если это сделал не он сам, снимите привязку в консоли в разделе «Администраторы».
admin-codes-guessed = ⚠️ Кто-то знает пароль администратора <b>{ $username }</b> и подбирает одноразовые коды. Сейчас же смените этот пароль.
admin-menu = <b>Управление</b>
    Заявок на регистрацию: { $registrations }
    Запросов на доступ: { $requests }
    Активных сессий: { $sessions }
admin-no-registrations = Нет заявок, которые ждут решения.
admin-registrations = <b>Заявки на регистрацию</b>, страница { $page } из { $pages }
admin-registration = <b>{ $name }</b>{ $handle } просит зарегистрировать.
admin-registration-approved = <b>{ $name }</b>: регистрация подтверждена. Решение: { $by }.
admin-registration-rejected = <b>{ $name }</b>: заявка отклонена. Решение: { $by }. Причина: { $reason }
admin-registration-blocked = <b>{ $name }</b>: доступ заблокирован. Решение: { $by }.
admin-registration-over = <b>{ $name }</b>: по заявке уже решено.
admin-no-requests = Нет запросов, которые ждут одобрения.
admin-requests = <b>Запросы на доступ</b>, страница { $page } из { $pages }
admin-request = <b>{ $name }</b> просит доступ с <code>{ $account }</code> на { $router }.
admin-request-approved = <b>{ $name }</b>: запрос на <code>{ $account }</code> одобрен.
admin-request-refused = <b>{ $name }</b>: в запросе на <code>{ $account }</code> отказано.
admin-request-lapsed = <b>{ $name }</b>: по запросу на <code>{ $account }</code> вовремя никто не решил.
admin-request-over = <b>{ $name }</b>: запрос на <code>{ $account }</code> больше не актуален.
admin-ask-reason = <b>{ $name }</b>: почему отказ? Выберите или напишите причину; она будет передана.
admin-ask-reason-session = <b>{ $name }</b>: почему отказ в доступе? Выберите или напишите причину; она будет передана.
admin-bad-reason = Напишите, пожалуйста, причину одной строкой не длиннее { $max } знаков.
admin-no-sessions = Активных сессий нет.
admin-sessions = <b>Активных сессий: { $total }</b>, страница { $page } из { $pages }
admin-session = <b>{ $name }</b>, <code>{ $account }</code> на { $router }
    { $state }
    Откуда: <code>{ $caller }</code>
    До: <b>{ $until }</b>
admin-confirm-end = <b>{ $name }</b>, <code>{ $account }</code> на { $router }: завершить сессию сейчас?
admin-gone = Этого больше нет.
alarm-denial = <b>«Это не я»</b>: кто-то подключился как <code>{ $account }</code> ({ $name }) на { $router } с <code>{ $caller }</code>, с верным паролем.
    Соединение обрывается. Смените пароль, прежде чем снова включать учётку.
alarm-ban = <b>Заблокирован адрес</b> <code>{ $caller }</code> на { $router }. Учётка: <code>{ $account }</code> ({ $name }).
    { $detail }
alarm-router-down = <b>{ $router } не отвечает.</b>
    Кто внутри, пока остаётся внутри; новых никого не впускаем. { $detail }
alarm-router-up = { $router } снова отвечает.
alarm-certificate = <b>{ $router } показывает не тот сертификат, который был принят.</b>
    Либо его выпустили заново, либо кто-то стоит посередине. Роутеру ничего не отправляется, пока вы не сверите отпечаток и не примете его в консоли.
alarm-box-open = <b>Тамбур на { $router } не держит.</b> Неподтверждённые соединения могут пройти.
    { $detail }
alarm-command = <b>{ $router } не выполняет команды.</b> Учётка: <code>{ $account }</code> ({ $name }).
    { $detail }
alarm-unreachable = Бот не может написать <b>{ $name }</b>: его заблокировали или аккаунта больше нет. Спросить о соединениях некого.
alarm-deaf = <b>Бот не получает то, что люди пишут и нажимают.</b> Подтвердить никто не может: кто подключится, подождёт и будет отключён.
    { $detail }
alarm-hears = Бот снова получает то, что люди пишут и нажимают.
alarm-drift = <b>На { $router } что-то изменили вручную.</b>
    { $detail }
many-registrations = <b>{ $count ->
        [one] { $count } человек просит
        [few] { $count } человека просят
       *[other] { $count } человек просят
    } зарегистрировать</b>: { $names }
many-requests = <b>{ $count ->
        [one] { $count } запрос на доступ ждёт
        [few] { $count } запроса на доступ ждут
       *[other] { $count } запросов на доступ ждут
    }</b>: { $names }
many-denials = <b>«Это не я», { $count ->
        [one] { $count } раз
        [few] { $count } раза
       *[other] { $count } раз
    }</b>: { $names }. Их пароли у кого-то ещё. Смотрите консоль.
many-bans = <b>Заблокировано адресов: { $count }</b>. { $names }
many-routers-down = <b>Не отвечают роутеры: { $count }</b>. { $names }
many-alarms = <b>Однородных сообщений: { $count }</b>. { $names }. Смотрите консоль.
state-requested = ждёт одобрения
state-granted = можно подключаться
state-confirming = ждёт ответа владельца
state-active = подключено
state-ended = завершена

refusal-not-approved = Вы ещё не зарегистрированы.
refusal-suspended = Эта учётка закрыта после ответа «Это не я». Обратитесь, пожалуйста, к администратору.
refusal-already-live = У этой учётки уже есть доступ. Смотрите /sessions.
refusal-session-over = Эта сессия закончилась. Ничего не изменилось.
refusal-not-requested = По этому запросу уже решено. Ничего не изменилось.
refusal-not-yours = Этот вопрос был не к вам. Ничего не изменилось.
refusal-unknown-prompt = Эта кнопка больше не действует. Ничего не изменилось.
refusal-already-answered = На этот вопрос уже ответили. Ничего не изменилось.
refusal-too-late = Поздно: время ответа истекло. Ничего не открыто. Подключитесь снова.
refusal-connection-gone = Этого соединения больше нет. Подключитесь снова, и я спрошу ещё раз.
refusal-banned = Слишком много соединений без подтверждения, поэтому доступ на время закрыт. Попробуйте позже или обратитесь к администратору.
refusal-outside-hours = В это время доступ не разрешён. Попросите в рабочие часы или обратитесь к администратору. Ничего не изменилось.
refusal-no-more-extensions = Продлить больше нельзя.
refusal-bad-span = Время должно быть от одной секунды до года.
refusal-observed = За этим роутером пока только наблюдают: доступ на нём от меня не зависит. Подключайтесь как обычно. Ничего не изменено.

toast-confirmed = Подтверждено. Открываю…
toast-not-me = Соединение обрывается. Администраторам сообщено.
toast-wrong-number = Число не то. Соединение обрывается.
toast-extended = Продлено
toast-finished = Сессия завершается
toast-asked = Запрошено. Напишу, как только можно будет подключаться.
toast-language = Теперь по-русски
toast-approved = Одобрено
toast-rejected = Отклонено
toast-decided = По этому уже решено. Ничего не изменилось.
toast-no-right = Это могут только администраторы. Ничего не изменилось.
toast-role = Ваша роль этого не позволяет. Ничего не изменилось.
toast-chosen = Выберите или напишите причину
toast-ended = Сессия завершается
rejected-in-telegram = Обратитесь, пожалуйста, к администратору.
reason-unknown = Мы не смогли понять, кто вы.
reason-not-now = Не в это время.

button-register = Зарегистрироваться
button-get-vpn = Получить VPN
button-sessions = Мои сессии
button-status = Состояние
button-language = Язык / Language
button-help = Помощь
button-confirm = Подтвердить
button-not-me = Это не я
button-extend = Продлить
button-finish = Завершить
button-approve = Одобрить
button-reject = Отклонить
button-registrations = Заявки
button-requests = Запросы
button-live-sessions = Активные сессии
button-back = « Назад
button-older = « Предыдущие
button-newer = Следующие »
button-end = Завершить сессию
button-really-end = Да, завершить
button-no-reason = Без причины
button-codes = Одноразовые коды
button-codes-begin = Настроить
button-codes-anew = Настроить заново
button-codes-remove = Отключить
button-show = Показать

command-start = Начать
command-register = Зарегистрироваться
command-vpn = Получить VPN
command-sessions = Мои сессии
command-status = Моё состояние
command-language = Язык
command-help = Как это работает
command-code = Одноразовые коды без Telegram
command-admin = Что ждёт решения, сессии
command-stop = Ничего не ждать

policy-always = Подключаться можно в любое время.
policy-on-request = Учётка выключена, пока владелец не запросит доступ в Telegram.
policy-on-request-approved = Учётка выключена, пока владелец не запросит доступ в Telegram и оператор не одобрит.
policy-confirm-none = Туннели открываются без вопросов.
policy-confirm-telegram = Каждый туннель ждёт в тамбуре, пока его не подтвердят в Telegram; без ответа за { $span } он обрывается.
policy-confirm-number = Каждый туннель ждёт в тамбуре, пока владелец не выберет в Telegram верное число; без ответа за { $span } он обрывается.
policy-limit = Сессия длится { $span }.
policy-remind = Напоминание приходит за { $span } до конца.
policy-extend = Её можно продлить { $times ->
        [one] { $times } раз
        [few] { $times } раза
       *[other] { $times } раз
    } на { $span }.
policy-end-cut-disable = В конце туннель обрывается, учётка выключается.
policy-end-cut = В конце туннель обрывается, учётка остаётся включённой.
policy-end-disable = В конце туннель возвращается в тамбур, учётка выключается.
policy-end-close = В конце туннель возвращается в тамбур, учётка остаётся включённой.
policy-outage-open = Пока Telegram недоступен, туннели открываются без вопросов.
policy-always-approved = Учётка включена, но туннель впускают, только если владелец запросил доступ в Telegram и оператор одобрил.
policy-trusted = Кого подтвердили, тот { $span } может возвращаться с того же адреса в тот же день без вопросов.
policy-tunnels = { $count ->
        [one] Одновременно до { $count } туннеля.
       *[other] Одновременно до { $count } туннелей.
    }
policy-connect-window = Первый туннель должен появиться за { $span }.
policy-deny = После ответа «Это не я» учётка остаётся выключенной, пока не вмешается администратор.
policy-prompts = { $count ->
        [one] Не больше { $count } вопроса за { $span }.
       *[other] Не больше { $count } вопросов за { $span }.
    }
policy-ban = Если туннелей без подтверждения больше { $count } за { $window }, адрес закрыт на { $ban }.
policy-outage-wait = Пока Telegram недоступен, никого не впускают.
policy-outage-code = Пока Telegram недоступен, открывает одноразовый код на странице тамбура.
policy-networks = Только из { $list }.
policy-countries = Только из этих стран: { $list }.
policy-hours = Только в эти часы: { $hours } ({ $zone }).
weekday-1 = пн
weekday-2 = вт
weekday-3 = ср
weekday-4 = чт
weekday-5 = пт
weekday-6 = сб
weekday-7 = вс

span-days = { $count } д
span-hours = { $count } ч
span-minutes = { $count } мин
span-seconds = { $count } с

box-nothing = Здесь ничего не ждёт. Это страница для устройства, чьё VPN-соединение ждёт, когда его впустят; откройте её на том устройстве. Если оно ждёт, ответьте в Telegram.
box-waits = Соединение <b>{ $account }</b> на { $router } ждёт, когда его впустят.
box-number = Выберите в Telegram это число:
box-blocked = Бот не может написать вам в Telegram: вы заблокировали его или не начинали с ним чат. Разблокируйте его или нажмите <b>Запустить</b> в его чате, и вопрос придёт сразу.
box-tap = Откройте Telegram и нажмите <b>Подтвердить</b>.
box-unasked = Дождитесь вопроса в Telegram или обратитесь к администратору.
box-cut = Без ответа соединение оборвётся через { $span }.
box-opening = Подтверждено. Открываю…
box-inside = Доступ открыт. Страницу можно закрыть.
box-code = Telegram недоступен. Введите код из приложения для кодов:
box-code-send = Впустить
box-code-wrong = Это не код этой минуты. Каждый код действует один раз; дождитесь следующего.
box-code-many = Слишком много неверных кодов. Подождите четверть часа или обратитесь к администратору.
box-code-late = Сейчас код не нужен.
box-trouble = У нас что-то пошло не так. Попробуйте, пожалуйста, через минуту.
