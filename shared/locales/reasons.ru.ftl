# Почему что-то так, как есть, для администраторов, по-русски. Каждый ключ есть и в reasons.en.ftl (тест их сравнивает).

in-telegram = В Telegram
by-admin = { $name }
by-admin-because = { $name }: { $reason }
on-captive-page = На странице в песочнице
policy-needs-approval = Этого требует политика { $policy }
granted = На { $span } по политике { $policy }
read-back = Проверено на { $router }
always-on = Учётная запись может подключаться всегда, вопрос задаётся тогда
came-from = { $service }, вызов с { $caller }, адрес { $address }
known-caller = Сегодня уже подтверждён с того же адреса
telegram-out = Telegram недоступен, и политика в этом случае открывает без вопроса
no-confirmation-wanted = Политика не требует подтверждения
tunnels-allowed = Политика разрешает { $count ->
        [one] { $count } туннель
        [few] { $count } туннеля
       *[many] { $count } туннелей
    }
questions-put = { $count ->
        [one] Уже задан { $count } вопрос
        [few] Уже задано { $count } вопроса
       *[many] Уже задано { $count } вопросов
    }
place-free = Снова можно задать вопрос
unconfirmed = Подключений без подтверждения больше { $count } за { $span }
too-many-unconfirmed = Слишком много подключений без подтверждения
wrong-number-picked = Выбрано не то число, что на странице
wrong-number = Неверное число
not-confirmed-in-time = Вовремя не пришло подтверждение, которое можно было бы исполнить
no-answer = Нет ответа
nobody-decided = Никто не решил вовремя
never-came = Туннель не появился вовремя
time-is-over = Время вышло
end-is-near = Скоро конец
less-time = Политика { $policy } теперь даёт меньше времени
ruled-out = Политика { $policy } теперь этого не допускает
gone-before-opening = При проверке перед открытием туннеля уже не было
router-silent = Маршрутизатор не отвечает; попытки идут, пока действует вопрос
router-refused = Маршрутизатор не принял команду
not-shown = Маршрутизатор его больше не показывает
restarted = Маршрутизатор перезагрузился
only-watched = За { $router } только наблюдают: на нём ничего не изменено
watched-until-now = До сих пор за роутером только наблюдали, и никого не спрашивали
person-blocked = Человек заблокирован
account-taken-away = Учётная запись отвязана

asks-to-register = { $name } просит о регистрации
asks-for-access = { $account } просит доступ на { $router }
waits-for-approval = Сеанс ждёт одобрения
waits-for-answer = { $account } с { $caller } ждёт ответа
said-not-me = «Не я»: кто-то подключился как { $account } с { $caller }, зная пароль. Смените его
worn-down = Подключений { $account } без подтверждения больше { $count }, последнее с { $caller }: возможно, пароль знает кто-то ещё. Смените его; если это был сам человек, снимите запрет
would-not-open = { $router } не открыл доступ для { $account }
would-not-switch-on = { $router } отказывается включить { $account }: { $said }
would-not-close = Сеанс { $account } закончился, но { $router } отказывается его закрыть: { $said }
does-not-answer = { $router } не отвечает
other-certificate = Сертификат не тот, что был принят: { $found }
tunnel-elsewhere = Другой роутер не завершает туннель: { $account } с адреса { $caller } всё ещё подключён на { $nas }, а тот не слушает этот User Manager. Учётная запись отключена, чтобы никто не вошёл заново. Оборвите туннель на { $nas }; команда /radius incoming set accept=yes там позволит завершать его отсюда (порт 3799), или добавьте { $nas } в роутеры, чтобы у него была своя коробка. Затем включите учётную запись
command-fails = Команда не выполняется раз за разом
clock-set = Часы сервера перевели на { $seconds } с. Чтобы из-за этого ни один сеанс не закончился раньше или позже, отсчёт идёт как прежде; перезапустите сервер, чтобы он взял новое время
outage = Telegram недоступен. { $rest }
outage-wait = { $policies }: новые туннели ждут и обрываются
outage-codes = { $policies }: открывает одноразовый код на странице в песочнице
outage-open = { $policies }: новые туннели ОТКРЫВАЮТСЯ БЕЗ ВОПРОСА
no-countries = { $policies }: пускать можно только из некоторых стран, но базы стран нет, и поэтому не пускают никого. Укажите её в SALLYPORT_COUNTRY_DATABASE или уберите страны из политики
no-page-address = { $policies }: люди выбирают число со страницы в песочнице, но не известно, по какому адресу они её открывают, и им называют собственный адрес сервера. Укажите публичный адрес
is-banned = { $address } под запретом: { $why }
bot-forbidden = Бот не может писать этому человеку: { $said }
bot-is-deaf = Бот не получает того, что люди пишут и нажимают: { $said }
message-refused = Telegram не принял сообщение: { $said }

banned-not-me = «Не я» от { $account }
banned-unconfirmed = Подключений { $account } без подтверждения больше { $count }

allow-entry-left-over = Найдена оставшаяся запись, пропускающая { $address }
allow-entry-foreign = Найдена запись, пропускающая { $address }, которую Sallyport не делал
allow-entry-changed = Запись, пропускающую { $address }, изменили вручную
allow-entry-missing = Не было записи, пропускающей { $account }
rule-gone = Привязанного правила «{ $rule }» нет, или у него другой id: привяжите его заново
rule-changed = Привязанное правило «{ $rule }» переименовали, или оно больше не единственное: привяжите его заново
rule-found = Правило «{ $rule }» оказалось { $on ->
        [yes] включено
       *[no] выключено
    }
account-found = Учётная запись { $account } оказалась { $on ->
        [yes] включена
       *[no] выключена
    }
account-not-there = Учётной записи { $account } нет на роутере
ban-missing = Запрета { $address } не было на роутере
not-in-box = Туннель { $account } ({ $address }) ждёт, но его адреса нет в списке { $list }: возможно, он на свободе
unwelcome = Туннель { $account } с { $caller } { $watched ->
        [yes] был бы оборван, если бы за роутером не только наблюдали
       *[no] обрывается
    }: { $why ->
        [nobodys-account] учётная запись ничья
        [no-address] у него нет адреса, и потому ни одна песочница его не держит
        [too-many] больше туннелей политика не разрешает
        [banned] его адрес под запретом
       *[no-session] его не разрешает ни один сеанс
    }
ends-elsewhere = Туннель { $account } на другом роутере ({ $nas }), с { $caller }, впустил User Manager этого роутера. Песочница его не держит: он { $watched ->
        [yes] был бы завершён, если бы за этим роутером не только наблюдали
       *[no] завершается
    }

would-switch-account = Учётная запись { $account } была бы { $on ->
        [yes] включена
       *[no] выключена
    }, но за роутером только наблюдают
would-open = Туннель { $account } с { $caller } был бы пропущен, но за роутером только наблюдают
would-close = Туннель { $account } с { $caller } не был бы пропущен (или перестал бы), но за роутером только наблюдают
would-cut = Туннель { $account } с { $caller } был бы оборван, но за роутером только наблюдают
would-ban = { $address } был бы под запретом { $span }, но за роутером только наблюдают
would-lift-ban = Запрет { $address } был бы снят, но за роутером только наблюдают
would-switch-rule-off = Правило «{ $rule }» было бы выключено, но за роутером только наблюдают

then = { $account } с { $caller }: тогда { $then ->
        [refused-hours] отказ из-за часа
        [refused-network] отказ из-за сети
        [refused-country] отказ из-за страны
        [too-many-tunnels] оборван как лишний туннель
        [banned] запрет
        [trusted-reconnect] впущен как знакомый
        [opened-unasked] впущен без вопроса
       *[asked] спросили владельца
    }

unknown-address = неизвестного адреса
no-address = без адреса
ban-spared = { $address } не заблокирован: оттуда управляют роутером ({ $who }), и бан закрыл бы этот доступ. Туннель всё равно разорван. Если это был кто-то другой с того же адреса, смените пароль учётной записи VPN
