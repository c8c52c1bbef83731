//! What came of the lessons as a table and as a picture (SVG): how many pupils know the best after so many episodes.

use super::course::{Course, Worth};
use super::school::{EPISODES, Order, Schooling, attend};
use serde::Serialize;
use std::fmt::Write as _;

/// Size of one panel, in pixels, and what is around it.
const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 240.0;
const MARGIN: f64 = 52.0;
const TOP: f64 = 44.0;

/// Strokes that differ in black and white, too.
const COLOURS: [&str; 8] = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2"];
const DASHES: [&str; 3] = ["none", "7 3", "2 3"];

/// One scenario, with what became of its pupils.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The scenario.
    pub scenario: &'static str,
    /// The class of trouble; `None` where nothing was diagnosed.
    pub symptom: Option<String>,
    /// What could be done, the best first.
    pub ways: Vec<Worth>,
    /// What was proposed and could not be done.
    pub left_out: Vec<String>,
    /// With the order in which the strategies propose; `None` where there is nothing to choose from.
    pub prior: Option<Figures>,
    /// The other way round.
    pub reversed: Option<Figures>,
}

/// What became of the pupils.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// The episode after which the greedy choice is the best and stays so: the median, and the worst. `None`: not within
    /// the episodes.
    pub median: Option<usize>,
    /// The worst pupil.
    pub worst: Option<usize>,
    /// How many of a hundred episodes tried something else than the best known.
    pub explored_percent: usize,
    /// How many of a hundred episodes ended healed.
    pub healed_percent: usize,
    /// After each episode, how many of a hundred pupils would take the best.
    #[serde(skip)]
    pub curve: Vec<f64>,
}

impl Row {
    /// So many pupils with a scenario.
    pub fn of(course: &Course, pupils: u64) -> Self {
        let figures = |order| {
            let all: Option<Vec<Schooling>> = (1..=pupils).map(|seed| attend(course, order, seed)).collect();
            all.filter(|all| !all.is_empty()).map(|all| Figures::of(&all))
        };
        Self {
            scenario: course.scenario,
            symptom: course.symptom.clone(),
            ways: course.worths(),
            left_out: course.left_out.clone(),
            prior: figures(Order::Prior),
            reversed: figures(Order::Reversed),
        }
    }

    /// Whether there is anything to learn: at least two ways.
    pub fn is_a_choice(&self) -> bool {
        self.ways.len() > 1
    }
}

impl Figures {
    fn of(all: &[Schooling]) -> Self {
        let mut settled: Vec<Option<usize>> = all.iter().map(Schooling::settled).collect();
        settled.sort_by_key(|after| after.unwrap_or(usize::MAX));
        let episodes = (all.len() * EPISODES).max(1);
        let percent = |count: usize| count * 100 / episodes;
        let after = |episode: usize| all.iter().filter(|one| one.is_best.get(episode) == Some(&true)).count();
        Self {
            median: settled.get(settled.len() / 2).copied().flatten(),
            worst: settled.last().copied().flatten(),
            explored_percent: percent(all.iter().map(|one| one.explored).sum()),
            healed_percent: percent(all.iter().map(|one| one.healed).sum()),
            curve: (0..=EPISODES).map(|episode| after(episode) as f64 * 100.0 / all.len() as f64).collect(),
        }
    }
}

/// The table, in Markdown.
pub fn table(rows: &[Row], worlds: usize) -> String {
    let mut text = String::from(
        "| scenario | diagnosed | best strategy | healed in worlds | others, with their mean reward | settled after: median, worst | reversed: median, worst | tried out | healed |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let symptom = row.symptom.as_deref().unwrap_or("nothing");
        let Some(best) = row.ways.first() else {
            let _ = writeln!(text, "| `{}` | {symptom} | none: for people | | | | | | |", row.scenario);
            continue;
        };
        let others: Vec<String> =
            row.ways.iter().skip(1).map(|way| format!("`{}` {}", way.action, way.reward)).collect();
        let others = if others.is_empty() { "no other".to_owned() } else { others.join(", ") };
        let settled = |figures: &Option<Figures>| match figures {
            Some(figures) if row.is_a_choice() => format!("{}, {}", told(figures.median), told(figures.worst)),
            _ => "no choice".to_owned(),
        };
        let percent =
            |of: fn(&Figures) -> usize| row.prior.as_ref().map_or(String::new(), |one| format!("{} %", of(one)));
        let _ = writeln!(
            text,
            "| `{}` | {symptom} | `{}` {} | {} of {worlds} | {others} | {} | {} | {} | {} |",
            row.scenario,
            best.action,
            best.reward,
            best.healed,
            settled(&row.prior),
            settled(&row.reversed),
            percent(|figures| figures.explored_percent),
            percent(|figures| figures.healed_percent),
        );
    }
    text
}

fn told(after: Option<usize>) -> String {
    after.map_or_else(|| format!("not within {EPISODES}"), |episode| episode.to_string())
}

/// The picture: one line a scenario with a choice, one panel an order.
pub fn picture(rows: &[Row], pupils: u64) -> String {
    let rows: Vec<&Row> = rows.iter().filter(|row| row.is_a_choice()).collect();
    let (whole_width, legend) = (2.0 * (WIDTH + MARGIN) + MARGIN, 20.0 * rows.len() as f64);
    let height = TOP + HEIGHT + 56.0 + legend;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole_width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    type Chosen = fn(&Row) -> Option<&Figures>;
    let panels: [(&str, Chosen); 2] = [
        ("in the order of the strategies", |row| row.prior.as_ref()),
        ("in the reversed order", |row| row.reversed.as_ref()),
    ];
    for (number, (title, of)) in panels.into_iter().enumerate() {
        let left = MARGIN + number as f64 * (WIDTH + MARGIN);
        axes(&mut svg, left, &format!("Of {pupils} pupils, who would take the best: {title}"));
        for (index, row) in rows.iter().enumerate() {
            if let Some(figures) = of(row) {
                line(&mut svg, left, index, &figures.curve);
            }
        }
    }
    for (index, row) in rows.iter().enumerate() {
        let y = TOP + HEIGHT + 56.0 + 20.0 * index as f64;
        let best = row.ways.first().map_or("", |way| way.action.as_str());
        let (colour, dashes) = stroke(index);
        let _ = writeln!(
            svg,
            "<path d=\"M{MARGIN} {y}h36\" stroke=\"{colour}\" stroke-dasharray=\"{dashes}\" stroke-width=\"2\" fill=\"none\"/>\
             <text x=\"{}\" y=\"{}\">{}: {best}</text>",
            MARGIN + 44.0,
            y + 4.0,
            row.scenario
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn stroke(index: usize) -> (&'static str, &'static str) {
    let colour = COLOURS.get(index % COLOURS.len()).copied().unwrap_or("black");
    (colour, DASHES.get((index / 3) % DASHES.len()).copied().unwrap_or("none"))
}

fn axes(svg: &mut String, left: f64, title: &str) {
    let _ = writeln!(svg, "<text x=\"{left}\" y=\"{}\" font-weight=\"bold\">{title}</text>", TOP - 16.0);
    for percent in [0.0, 25.0, 50.0, 75.0, 100.0] {
        let y = height_of(percent);
        let _ = writeln!(
            svg,
            "<path d=\"M{left} {y}h{WIDTH}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{percent} %</text>",
            left - 6.0,
            y + 4.0
        );
    }
    for episode in (0..=EPISODES).step_by(10) {
        let (x, y) = (left + across(episode), TOP + HEIGHT + 16.0);
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{episode}</text>");
    }
    let (x, y) = (left + WIDTH / 2.0, TOP + HEIGHT + 34.0);
    let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">episodes</text>");
}

fn line(svg: &mut String, left: f64, index: usize, curve: &[f64]) {
    let points: Vec<String> = curve
        .iter()
        .enumerate()
        .map(|(episode, percent)| format!("{:.1},{:.1}", left + across(episode), height_of(*percent)))
        .collect();
    let (colour, dashes) = stroke(index);
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" stroke=\"{colour}\" stroke-dasharray=\"{dashes}\" stroke-width=\"2\" fill=\"none\"/>",
        points.join(" ")
    );
}

fn across(episode: usize) -> f64 {
    episode as f64 * WIDTH / EPISODES as f64
}

fn height_of(percent: f64) -> f64 {
    TOP + HEIGHT - percent * HEIGHT / 100.0
}
