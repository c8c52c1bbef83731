//! How far a rolling update may go at once: pure arithmetic over the replica sets of a deployment.

/// What a step needs to know of one replica set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// Pods wanted of it.
    pub wanted: i64,
    /// Pods of it that are available.
    pub available: i64,
}

/// The bounds of a rolling update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Pods that the deployment wants.
    pub desired: i64,
    /// How many more may exist.
    pub surge: i64,
    /// How many fewer may be available.
    pub unavailable: i64,
}

impl Bounds {
    /// The size that the newest set should have now, seeing how many pods the older sets still want.
    pub fn grow_newest(&self, newest: &Set, older: &[Set]) -> i64 {
        if newest.wanted >= self.desired {
            return self.desired;
        }
        let total = newest.wanted + older.iter().map(|set| set.wanted).sum::<i64>();
        let room = (self.desired + self.surge - total).max(0);
        newest.wanted + room.min(self.desired - newest.wanted)
    }

    /// The sizes that the older sets (oldest first) should have now: what is unhealthy goes first, then as many as the newest can stand in for.
    pub fn shrink_older(&self, newest: &Set, older: &[Set]) -> Vec<i64> {
        let mut sizes: Vec<i64> = older.iter().map(|set| set.wanted).collect();
        let total = newest.wanted + sizes.iter().sum::<i64>();
        let least = self.desired - self.unavailable;
        let mut may_go = total - least - (newest.wanted - newest.available).max(0);
        for (size, set) in sizes.iter_mut().zip(older) {
            let unhealthy = (*size - set.available).max(0).min(may_go.max(0));
            *size -= unhealthy;
            may_go -= unhealthy;
        }
        let available = newest.available + older.iter().map(|set| set.available).sum::<i64>();
        let mut spare = (available - least).min(may_go);
        for (size, set) in sizes.iter_mut().zip(older) {
            let healthy = (*size).min(set.available).min(spare.max(0));
            *size -= healthy;
            spare -= healthy;
        }
        sizes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(wanted: i64, available: i64) -> Set {
        Set { wanted, available }
    }

    #[test]
    fn a_step_keeps_within_its_bounds() {
        let bounds = Bounds { desired: 3, surge: 1, unavailable: 0 };
        assert_eq!(bounds.grow_newest(&set(0, 0), &[set(3, 3)]), 1);
        assert_eq!(
            bounds.shrink_older(&set(1, 0), &[set(3, 3)]),
            vec![3],
            "a new pod that never comes up keeps the old ones"
        );
        assert_eq!(bounds.shrink_older(&set(1, 1), &[set(3, 3)]), vec![2]);
        assert_eq!(bounds.shrink_older(&set(3, 0), &[set(1, 0), set(2, 2)]), vec![1, 2]);
        let wide = Bounds { desired: 4, surge: 1, unavailable: 4 };
        assert_eq!(wide.shrink_older(&set(1, 0), &[set(4, 4)]), vec![0], "without a floor all old pods go");
    }
}
