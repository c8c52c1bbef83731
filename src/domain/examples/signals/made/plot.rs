//! The trade-off between false alarms and detection as a picture (SVG).

/// One rule.
pub struct Row {
    /// The rarity as a power of ten.
    pub surprise: f64,
    /// Points that must follow.
    pub confirmed_by: u32,
    /// In 1,000 series-days.
    pub false_alarms: f64,
    /// The share of the windows that are detected.
    pub detected: f64,
}

const COLOURS: [&str; 3] = ["#999999", "#d08020", "#2060b0"];
const LEFT: f64 = 70.0;
const WIDTH: f64 = 520.0;
const TOP: f64 = 40.0;
const HEIGHT: f64 = 200.0;
const BETWEEN: f64 = 70.0;
/// Powers of ten of the axis of false alarms.
const POWERS: std::ops::RangeInclusive<i32> = -1..=4;

fn across(surprise: f64) -> f64 {
    LEFT + (surprise - 2.0) / 4.0 * WIDTH
}

fn false_alarms_at(number: f64) -> f64 {
    let power = number.max(0.1).log10();
    TOP + HEIGHT * (1.0 - (power + 1.0) / 5.0)
}

fn detected_at(share: f64) -> f64 {
    TOP + HEIGHT + BETWEEN + HEIGHT * (1.0 - share)
}

/// Two panels over the rarity: false alarms (logarithmic) and detection.
pub fn drawn(rows: &[Row]) -> String {
    let mut out = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 580\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"640\" height=\"580\" fill=\"white\"/>\n",
    );
    out.push_str(&text(LEFT, 22.0, "false alarms in 1,000 healthy series-days (0.1: none)"));
    out.push_str(&text(
        LEFT,
        TOP + HEIGHT + BETWEEN - 18.0,
        "share of the 50 windows of the benchmark that are detected",
    ));
    out.push_str(&text(LEFT, 560.0, "how rare a point must be: 1 in 10 to this power"));
    for power in POWERS {
        let y = false_alarms_at(10_f64.powi(power));
        out.push_str(&line(y));
        out.push_str(&text(15.0, y + 4.0, &format!("{}", 10_f64.powi(power))));
    }
    for fifth in 0..=5 {
        let y = detected_at(f64::from(fifth) / 5.0);
        out.push_str(&line(y));
        out.push_str(&text(25.0, y + 4.0, &format!("{} %", fifth * 20)));
    }
    for surprise in 2..=6 {
        out.push_str(&text(across(f64::from(surprise)) - 4.0, 530.0, &surprise.to_string()));
    }
    let mut kinds: Vec<u32> = rows.iter().map(|row| row.confirmed_by).collect();
    kinds.dedup();
    for (index, confirmed_by) in kinds.into_iter().enumerate() {
        let colour = COLOURS.get(index % COLOURS.len()).copied().unwrap_or("black");
        let of = || rows.iter().filter(move |row| row.confirmed_by == confirmed_by);
        out.push_str(&curve(colour, of().map(|row| (across(row.surprise), false_alarms_at(row.false_alarms)))));
        out.push_str(&curve(colour, of().map(|row| (across(row.surprise), detected_at(row.detected)))));
        let name = format!("confirmed by {confirmed_by} points");
        out.push_str(&format!(
            "<g fill=\"{colour}\">{}</g>\n",
            text(460.0, TOP + 14.0 + 16.0 * index as f64, &name).trim()
        ));
    }
    out.push_str("</svg>\n");
    out
}

fn text(x: f64, y: f64, words: &str) -> String {
    format!("<text x=\"{x:.0}\" y=\"{y:.0}\">{words}</text>\n")
}

fn line(y: f64) -> String {
    format!("<path d=\"M{LEFT:.0} {y:.1}h{WIDTH:.0}\" stroke=\"#dddddd\"/>\n")
}

fn curve(colour: &str, points: impl Iterator<Item = (f64, f64)>) -> String {
    let points: Vec<String> = points.map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    format!("<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>\n", points.join(" "))
}
