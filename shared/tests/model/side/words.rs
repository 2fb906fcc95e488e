//! The words of the model: what can happen to a side, what surrounds it, and the flaws that a product might have.

use sallyport_shared::{
    person::TelegramId,
    session::{Answer, Boot, Numbers, Tunnel},
    time::{Seconds, Timestamp},
};

/// How long a step of time is; all spans of the model's policies are whole steps.
pub(crate) const TICK: Seconds = Seconds(60);
/// From where somebody calls: the owners, and somebody else.
pub(crate) const CALLERS: [&str; 2] = ["198.51.100.7", "203.0.113.66"];
/// When the world begins.
const START: Timestamp = Timestamp::from_micros(1_795_329_600_000_000);
/// Who owns the account, and who does not.
pub(super) const OWNER: TelegramId = TelegramId(1_000);
pub(super) const STRANGER: TelegramId = TelegramId(1_001);

/// After so many steps of time.
pub(crate) fn at(ticks: u8) -> Timestamp {
    START.plus(Seconds(TICK.0 * u32::from(ticks)))
}

/// The first step of time at which it is so late.
pub(crate) fn tick_of(time: Timestamp) -> u8 {
    (0..u8::MAX).find(|ticks| at(*ticks) >= time).unwrap_or(u8::MAX)
}

/// What surrounds an event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Around {
    /// Steps of time since the beginning.
    pub(crate) now: u8,
    /// Telegram is out of reach, for so long that it counts.
    pub(crate) out: bool,
    /// The router is only observed.
    pub(crate) observe: bool,
    /// Which policy is in force.
    pub(crate) policy: u8,
}

/// A flaw that a product might have; none has it. With each of them a search must find a fault, or it would prove nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Flaw {
    /// A tunnel is let through without being read again.
    OpensWhoeverCame,
    /// A tap counts whoever made it.
    TakesForeignAnswers,
    /// A tap counts although its time is over.
    TakesLateAnswers,
    /// The door stays open when the tunnel is over.
    LeavesDoorsOpen,
    /// The tunnel stays when its session is over.
    CutsNothing,
    /// The account stays enabled when its session is over.
    LeavesAccountsOn,
    /// The end of a session is forgotten when the router has carried it out.
    UndoesDecisions,
    /// A wish that is carried out again takes back what it did.
    SwitchesBackAndForth,
    /// Questions are not counted.
    CountsNoQuestions,
    /// A ban takes the tunnels before it off the count.
    ForgivesWithABan,
    /// A bound rule stays on when nobody needs it any more.
    LeavesRulesOn,
    /// Wishes are carried out on a router that is only observed.
    WritesWhileItObserves,
    /// A tunnel is let through though another one has its address.
    OpensForTwo,
}

/// Who presses a button.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Presser {
    Owner,
    /// Somebody else, who got hold of the button.
    Stranger,
    /// The owner, with a word that no question carried.
    Forger,
    Admin,
}

/// A tunnel of the side: `serial` tells it from all others that the side ever had. The router counts anew from each
/// boot on, as routers do: `first` is the serial of the first tunnel since.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Line {
    pub(crate) serial: u8,
    pub(crate) first: u8,
    pub(crate) caller: u8,
    pub(crate) address: u8,
}

impl Line {
    /// The line that the router shows as this tunnel.
    pub(crate) fn of(tunnel: &Tunnel) -> Self {
        let address = tunnel.address.as_deref().unwrap();
        Self {
            serial: serial(tunnel),
            first: u8::try_from(tunnel.boot.0).unwrap(),
            caller: caller(tunnel.caller_id.as_deref().unwrap()),
            address: address.rsplit('.').next().unwrap().parse().unwrap(),
        }
    }

    /// As the router shows it.
    pub(crate) fn tunnel(self) -> Tunnel {
        Tunnel {
            boot: Boot(self.first.into()),
            router_session_id: format!("0x{}", self.serial.saturating_sub(self.first)),
            username: "anna".to_owned(),
            service: "l2tp".to_owned(),
            caller_id: Some(CALLERS[usize::from(self.caller)].to_owned()),
            address: Some(address(self.address)),
        }
    }
}

/// An address of the router's pool.
pub(crate) fn address(number: u8) -> String {
    format!("10.8.0.{number}")
}

/// Which of the callers has this address.
pub(crate) fn caller(address: &str) -> u8 {
    u8::try_from(CALLERS.iter().position(|caller| *caller == address).unwrap()).unwrap()
}

/// Which tunnel of the side it is.
pub(crate) fn serial(tunnel: &Tunnel) -> u8 {
    let since_boot: u8 = tunnel.router_session_id.trim_start_matches("0x").parse().unwrap();
    u8::try_from(tunnel.boot.0).unwrap() + since_boot
}

/// What can happen to a side; connections go by their place among all that it ever had.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Cause {
    Ask,
    Grant,
    Approve,
    Refuse,
    Finish,
    EndByAdmin,
    Extend,
    ExtendByAdmin,
    Block,
    Tick,
    Seen(Line),
    Gone {
        connection: u8,
        restarted: bool,
    },
    Tap {
        connection: u8,
        presser: Presser,
        answer: Tap,
    },
    Code {
        connection: u8,
    },
    /// The first wish was carried out, and that is noted. `gone`: its tunnel was not there any more.
    Noted {
        gone: bool,
    },
    /// The router did not answer when the first wish was tried.
    Unreachable,
    /// The router is only observed from now on: what was wished of it is kept for the record.
    Shelved,
    /// The router is written to again.
    Resumed,
}

/// What a button says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Tap {
    Confirm,
    NotMe,
    RightNumber,
    WrongNumber,
}

/// The numbers of every question.
pub(super) fn numbers() -> Numbers {
    Numbers::of([0, 1, 2, 0])
}

impl Tap {
    pub(super) fn answer(self) -> Answer {
        match self {
            Self::Confirm => Answer::Confirm,
            Self::NotMe => Answer::NotMe,
            Self::RightNumber => Answer::Pick((0..3).find(|place| numbers().is_right(*place)).unwrap()),
            Self::WrongNumber => Answer::Pick((0..3).find(|place| !numbers().is_right(*place)).unwrap()),
        }
    }
}
