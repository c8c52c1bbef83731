//! A line with dependent noise: what is known of its slope, its level and its noise.
//!
//! The noise of a step is a share of the noise before plus something new. For a share of 0 the line is the ordinary one
//! of least squares, for a share near 1 the series is a random walk with a drift; how much each share is worth follows
//! from how well it explains the history (generalised least squares on a list of shares, weighted by their integrated
//! likelihood; Zellner, An Introduction to Bayesian Inference in Econometrics, 1971, chapter 4).
//!
//! Guarantees: finite numbers for finite values; work in proportion to the length.

/// Shares of the noise that stay, as halvings of what is lost in a step: 0, 1/2, 3/4, ….
const HALVINGS: u32 = 8;
/// A share of loss below this many in the history cannot be told from none.
const LEAST_LOST: f64 = 4.0;
/// The parts of the history that are tried, from the newest point back.
const PARTS: [f64; 6] = [0.75, 0.6, 0.45, 0.33, 0.25, 0.125];
/// A part needs so many values.
const LEAST: usize = 16;
/// Shares of the history from which its newest value is foretold, to see how far off that is.
const EARLIER: [f64; 6] = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/// As so many errors as large as foretold counts the theory.
const TRUSTED: f64 = 1.0;
/// No squared error counts more than this.
const LARGEST_ERROR: f64 = 50.0;
/// Two lines must be better than one by this.
const WORTH_A_BREAK: f64 = 20.0;

/// One share of noise that stays, with the line that fits it best.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fit {
    /// Of all fits together 1.
    pub(super) weight: f64,
    /// The share of the noise that stays from step to step.
    pub(super) stays: f64,
    /// The line at the newest value's place, and how uncertain it is.
    pub(super) level: f64,
    pub(super) level_deviation: f64,
    /// Places from the one where level and slope are independent to the newest.
    pub(super) ahead: f64,
    /// A step's rise, and how uncertain it is.
    pub(super) slope: f64,
    pub(super) slope_deviation: f64,
    /// Steps beyond those that the line took.
    pub(super) freedom: f64,
    /// What was new in each step.
    pub(super) news: Vec<f64>,
}

/// The fits of the longest newest part that is one line, made wider by how far off the same would have been before.
pub(super) fn fits(values: &[f64]) -> Vec<Fit> {
    let mut fits = of_one_line(values);
    let length = fits.first().map_or(0, |fit| fit.news.len() + 1);
    let wider = wider(values.get(values.len().saturating_sub(length)..).unwrap_or_default());
    for fit in &mut fits {
        fit.slope_deviation *= wider;
        fit.level_deviation *= wider;
        fit.news.iter_mut().for_each(|new| *new *= wider);
    }
    fits
}

/// How many times larger the errors of earlier forecasts of the newest value were than they said themselves.
fn wider(values: &[f64]) -> f64 {
    let newest = values.last().copied().unwrap_or_default();
    let (mut squares, mut count) = (TRUSTED, TRUSTED);
    for part in EARLIER {
        let known = (values.len() as f64 * part) as usize;
        if known < LEAST {
            continue;
        }
        let (mean, deviation) = foretold(&of_one_line(values.get(..known).unwrap_or_default()), values, known);
        if deviation > 0.0 {
            squares += ((newest - mean) / deviation).powi(2).min(LARGEST_ERROR);
            count += 1.0;
        }
    }
    (squares / count).powf(0.75).max(1.0)
}

/// Mean and deviation of the newest value as it would have been foretold when so many values were known.
fn foretold(fits: &[Fit], values: &[f64], known: usize) -> (f64, f64) {
    let steps = values.len().saturating_sub(known) as f64;
    let last = known.checked_sub(1).and_then(|last| values.get(last)).copied().unwrap_or_default();
    let of = |fit: &Fit| {
        let stays = fit.stays.powf(steps);
        let along = fit.ahead + steps - stays * fit.ahead;
        let noise = fit.news.iter().map(|new| new * new).sum::<f64>() / fit.news.len().max(1) as f64;
        let mean = (1.0 - stays) * fit.level + along * fit.slope + stays * last;
        let line = ((1.0 - stays) * fit.level_deviation).powi(2) + (along * fit.slope_deviation).powi(2);
        let lost = 1.0 - fit.stays * fit.stays;
        (mean, line + noise * if lost > 0.0 { (1.0 - stays * stays) / lost } else { steps })
    };
    let mean = fits.iter().map(|fit| fit.weight * of(fit).0).sum::<f64>();
    let variance = fits.iter().map(|fit| fit.weight * (of(fit).1 + (of(fit).0 - mean).powi(2))).sum::<f64>();
    (mean, variance.sqrt())
}

/// The fits of the newest part that is one line: of all of it, unless two lines explain it much better.
fn of_one_line(values: &[f64]) -> Vec<Fit> {
    let whole = of(values);
    let mut best = (cost(&[&whole]) - WORTH_A_BREAK, whole);
    for part in PARTS {
        let length = (values.len() as f64 * part) as usize;
        let (before, newest) = values.split_at(values.len().saturating_sub(length));
        if length >= LEAST && before.len() >= LEAST {
            let (before, newest) = (of(before), of(newest));
            let broken = cost(&[&before, &newest]);
            if broken < best.0 {
                best = (broken, newest);
            }
        }
    }
    best.1
}

/// What some lines leave unexplained, with a price for each (Schwarz, Estimating the Dimension of a Model, 1978). The noise
/// is taken to be the same around all of them: a quiet time is no reason for a line of its own.
fn cost(lines: &[&[Fit]]) -> f64 {
    let squares = |fit: &Fit| fit.news.iter().map(|new| new * new).sum::<f64>();
    let best = |line: &&[Fit]| line.iter().map(squares).fold(f64::INFINITY, f64::min);
    let count: f64 = lines.iter().filter_map(|line| line.first()).map(|fit| fit.news.len() as f64).sum();
    let all = lines.iter().map(best).sum::<f64>().max(f64::MIN_POSITIVE);
    count * (all / count).ln() + 3.0 * lines.len() as f64 * count.ln()
}

fn of(values: &[f64]) -> Vec<Fit> {
    let least = LEAST_LOST / values.len().max(1) as f64;
    let shares = (0..HALVINGS).map(|halvings| 0.5_f64.powi(halvings as i32)).filter(|lost| *lost > least);
    let mut found: Vec<(f64, Fit)> = shares.chain([0.0]).filter_map(|lost| one(values, lost, least)).collect();
    let best = found.iter().map(|(likelihood, _)| *likelihood).fold(f64::NEG_INFINITY, f64::max);
    let all = found.iter().map(|(likelihood, _)| (likelihood - best).exp()).sum::<f64>();
    for (likelihood, fit) in &mut found {
        fit.weight = (*likelihood - best).exp() / all;
    }
    found.into_iter().map(|(_, fit)| fit).collect()
}

/// The best line for one share of noise that is lost, with the logarithm of how well it explains the values. With nothing
/// lost there is no level to come back to; what is unknown of it then counts as for the least share.
fn one(values: &[f64], lost: f64, least: f64) -> Option<(f64, Fit)> {
    let count = values.len();
    let steps = count.checked_sub(1).filter(|steps| *steps > 3)? as f64;
    let stays = 1.0 - lost;
    let middle = (count as f64 - 1.0) / 2.0;
    let place = |at: usize| at as f64 - middle;
    // Scaled, so that squares of large and of tiny values stay what they are.
    let scale = values.iter().zip(values.iter().skip(1)).map(|(one, next)| (next - one).abs()).sum::<f64>() / steps;
    let scale = if scale > 0.0 && scale.is_finite() { scale } else { 1.0 };
    let origin = values.first().copied()?;
    let row = |at: usize| -> Option<(f64, f64)> {
        let here = (values.get(at)? - origin) / scale;
        let before = (values.get(at.checked_sub(1)?)? - origin) / scale;
        Some((here - stays * before, place(at) - stays * place(at - 1)))
    };
    let rows: Vec<(f64, f64)> = (1..count).filter_map(row).collect();
    let (mut levels, mut both, mut slopes) = (0.0, 0.0, 0.0);
    let (mut level_sum, mut slope_sum) = (0.0, 0.0);
    for (value, along) in &rows {
        levels += lost * lost;
        both += lost * along;
        slopes += along * along;
        level_sum += lost * value;
        slope_sum += along * value;
    }
    // Counted from here, level and slope do not depend on each other.
    let has_level = levels > 0.0;
    let apart = if has_level { both / levels } else { 0.0 };
    let rest = slopes - both * apart;
    if rest <= 0.0 {
        return None;
    }
    let level = if has_level { level_sum / levels } else { 0.0 };
    let slope = (slope_sum - apart * level_sum) / rest;
    let new = |(value, along): &(f64, f64)| value - lost * level - slope * (along - apart * lost);
    let mut news: Vec<f64> = rows.iter().map(new).collect();
    let freedom = (rows.len() as f64 - 3.0).max(1.0);
    // A history without any noise at all still has the noise of its rounding.
    let squares = news.iter().map(|new| new * new).sum::<f64>().max(rows.len() as f64 * 1e-12);
    let deviation = (squares / freedom).sqrt();
    let known = if has_level { levels } else { steps * least * least };
    let likelihood = -0.5 * (known * rest).ln() - freedom / 2.0 * squares.ln();
    let widen = (rows.len() as f64 / freedom).sqrt() * scale;
    news.iter_mut().for_each(|new| *new *= widen);
    let fit = Fit {
        weight: 0.0,
        stays,
        level: if has_level { level * scale + origin } else { values.last().copied()? },
        level_deviation: if has_level { deviation / levels.sqrt() * scale } else { 0.0 },
        ahead: if has_level { place(count - 1) - apart } else { 0.0 },
        slope: slope * scale,
        slope_deviation: deviation / rest.sqrt() * scale,
        freedom,
        news,
    };
    Some((likelihood, fit))
}
