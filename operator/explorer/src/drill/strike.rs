//! One thing that goes wrong, at one of an operation's calls to Proxmox.

use proxmox_client::ProxmoxRequest;
use pve_testbed::{Order, World};

use crate::gate::{Fate, Write};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mishap {
    /// The call itself meets this.
    Call(Fate),
    /// A fault is switched on just before the call.
    Fault(Order),
}

/// What every call of every operation must survive.
pub const STEP_MISHAPS: [(&str, Fate); 4] = [
    ("answer lost", Fate::AnswerLost),
    ("call lost", Fate::CallLost),
    ("operator killed", Fate::Killed),
    ("sent twice", Fate::Twice),
];

/// Counts an operation's calls, and lets one of them meet a mishap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drill {
    /// In words, what was called so far.
    pub calls: Vec<String>,
    strike: Option<(usize, Mishap)>,
    /// The mishap has happened. A fault that cannot be (its guest is not there yet) has not.
    pub struck: bool,
}

impl Drill {
    /// The call of this position meets a mishap.
    pub fn at(position: usize, mishap: Mishap) -> Self {
        Self { strike: Some((position, mishap)), ..Self::default() }
    }

    /// What becomes of a write.
    pub(crate) fn meet(&mut self, write: &Write, world: &mut World) -> Fate {
        let Write::Proxmox(request) = write else { return Fate::Done };
        // The site's epoch is written by the clock, whatever operation is under way.
        if matches!(**request, ProxmoxRequest::SetPoolComment { .. }) {
            return Fate::Done;
        }
        let position = self.calls.len();
        self.calls.push(write.words());
        let Some((_, mishap)) = self.strike.take_if(|(at, _)| *at == position) else { return Fate::Done };
        match mishap {
            Mishap::Call(fate) => {
                self.struck = true;
                fate
            }
            Mishap::Fault(order) => {
                self.struck = world.arm(order).is_ok();
                Fate::Done
            }
        }
    }
}
