//! Streams of events, which stay open: only so many in all, and from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who holds how many.
#[derive(Debug)]
pub struct Streams {
    most: usize,
    most_of_one: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// The right to one stream, until it is dropped.
#[derive(Debug)]
pub struct Seat {
    streams: Arc<Streams>,
    address: IpAddr,
}

impl Streams {
    /// So many in all, and so many from one address.
    pub fn at_most(most: usize, most_of_one: usize) -> Arc<Self> {
        Arc::new(Self { most, most_of_one, held: Mutex::default() })
    }

    /// A seat for an address, while there is one.
    pub fn seat(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let address = household(address);
        let mut held = self.held();
        let own = held.by_address.get(&address).copied().unwrap_or(0);
        if held.all >= self.most || own >= self.most_of_one {
            return None;
        }
        held.all += 1;
        held.by_address.insert(address, own + 1);
        Some(Seat { streams: Arc::clone(self), address })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Counting does not panic half-way.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut held = self.streams.held();
        held.all = held.all.saturating_sub(1);
        let left = held.by_address.get(&self.address).copied().unwrap_or(0).saturating_sub(1);
        match left {
            0 => drop(held.by_address.remove(&self.address)),
            left => drop(held.by_address.insert(self.address, left)),
        }
    }
}

/// A line of the newer kind has 2^64 addresses; they count as one.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_holds_so_many_and_gives_them_back() {
        let streams = Streams::at_most(3, 2);
        let (a, b) = (address("192.0.2.1"), address("2001:db8::1"));
        let first = streams.seat(a).unwrap();
        let second = streams.seat(address("::ffff:192.0.2.1")).unwrap();
        assert!(streams.seat(a).is_none(), "two of one address");
        let third = streams.seat(b).unwrap();
        assert!(streams.seat(address("192.0.2.2")).is_none(), "three in all");
        drop(first);
        let _fourth = streams.seat(address("2001:db8::ffff")).unwrap();
        drop((second, third));
        assert!(streams.seat(b).is_some());
        assert!(!streams.held().by_address.contains_key(&a), "nobody is remembered");
    }
}
