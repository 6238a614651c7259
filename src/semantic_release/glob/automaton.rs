//! Whether a text matches, in one pass over it from its end to its start: time is its length times the size of the pattern,
//! whatever the pattern is.
//!
//! At each place the pass knows from which instructions the rest of the text matches. What looks ahead looks at a rest that is
//! already known, so it costs no more than any other instruction.

use std::ops::Range;

use crate::semantic_release::glob::classes::Class;
use crate::semantic_release::glob::syntax::Node;

#[derive(Debug, Clone)]
enum Step {
    Set(Class),
    Split(usize, usize),
    Jump(usize),
    /// The expression that starts there matches here, or does not.
    Look {
        start: usize,
        negated: bool,
    },
    Start,
    End,
    WordEdge {
        negated: bool,
    },
    Match,
}

/// A compiled expression.
#[derive(Debug, Clone)]
pub struct Automaton {
    steps: Vec<Step>,
    /// The parts that are looked for before those that look, the whole last.
    parts: Vec<Range<usize>>,
}

impl Automaton {
    /// Compiles an expression; it has to match at the start of a text.
    #[must_use]
    pub fn new(node: &Node) -> Self {
        let mut automaton = Self {
            steps: Vec::new(),
            parts: Vec::new(),
        };
        automaton.part(node);
        automaton
    }

    /// How many steps it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Compiles a part, the parts that it looks for first. Gives its start.
    fn part(&mut self, node: &Node) -> usize {
        let mut looks = Vec::new();
        self.looks(node, &mut looks);
        let start = self.steps.len();
        let mut looks = looks.into_iter();
        self.emit(node, &mut looks);
        self.steps.push(Step::Match);
        self.parts.push(start..self.steps.len());
        start
    }

    /// Compiles what a part looks for, in the order that [`Self::emit`] comes to it.
    fn looks(&mut self, node: &Node, starts: &mut Vec<usize>) {
        match node {
            Node::Look { node, .. } => {
                let start = self.part(node);
                starts.push(start);
            }
            Node::All(nodes) | Node::Any(nodes) => nodes.iter().for_each(|node| self.looks(node, starts)),
            Node::Repeat { node, .. } => self.looks(node, starts),
            Node::Empty | Node::Set(_) | Node::Start | Node::End | Node::WordEdge { .. } => {}
        }
    }

    fn emit(&mut self, node: &Node, looks: &mut std::vec::IntoIter<usize>) {
        match node {
            Node::Empty => {}
            Node::Set(class) => self.steps.push(Step::Set(class.clone())),
            Node::All(nodes) => nodes.iter().for_each(|node| self.emit(node, looks)),
            Node::Any(nodes) => self.emit_any(nodes, looks),
            Node::Repeat { node, optional, many } => self.emit_repeat(node, *optional, *many, looks),
            Node::Look { negated, .. } => self.steps.push(Step::Look {
                start: looks.next().unwrap_or_default(),
                negated: *negated,
            }),
            Node::Start => self.steps.push(Step::Start),
            Node::End => self.steps.push(Step::End),
            Node::WordEdge { negated } => self.steps.push(Step::WordEdge { negated: *negated }),
        }
    }

    fn emit_any(&mut self, nodes: &[Node], looks: &mut std::vec::IntoIter<usize>) {
        let mut jumps = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            let last = index + 1 == nodes.len();
            let split = self.steps.len();
            if !last {
                self.steps.push(Step::Match);
            }
            self.emit(node, looks);
            if !last {
                jumps.push(self.steps.len());
                self.steps.push(Step::Match);
                self.set(split, Step::Split(split + 1, self.steps.len()));
            }
        }
        let end = self.steps.len();
        for jump in jumps {
            self.set(jump, Step::Jump(end));
        }
    }

    fn emit_repeat(
        &mut self,
        node: &Node,
        optional: bool,
        many: bool,
        looks: &mut std::vec::IntoIter<usize>,
    ) {
        let split = self.steps.len();
        if optional {
            self.steps.push(Step::Match);
        }
        let body = self.steps.len();
        self.emit(node, looks);
        if many {
            self.steps.push(Step::Split(body, self.steps.len() + 1));
        }
        if optional {
            self.set(split, Step::Split(body, self.steps.len()));
        }
    }

    fn set(&mut self, at: usize, step: Step) {
        if let Some(place) = self.steps.get_mut(at) {
            *place = step;
        }
    }

    /// Whether the text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let units: Vec<u16> = text.encode_utf16().collect();
        let Some(whole) = self.parts.last().cloned() else {
            return false;
        };
        let mut after = vec![false; self.steps.len()];
        let mut here = vec![false; self.steps.len()];
        for at in (0..=units.len()).rev() {
            self.place(&units, at, &after, &mut here);
            if at == 0 {
                break;
            }
            // Nothing but the end of the whole matches from here on: no earlier place can be better.
            let alive = whole.clone().any(|step| {
                here.get(step).copied().unwrap_or_default()
                    && !matches!(self.steps.get(step), Some(Step::Match) | None)
            });
            if !alive && !self.steps.get(whole.clone()).is_some_and(ends_early) {
                return false;
            }
            std::mem::swap(&mut after, &mut here);
        }
        here.get(whole.start).copied().unwrap_or_default()
    }

    /// From which steps the rest of the text matches, at one place.
    fn place(&self, units: &[u16], at: usize, after: &[bool], here: &mut [bool]) {
        here.fill(false);
        for part in &self.parts {
            // Jumps back are seen on the next turn; there are as many turns as loops are nested, and one.
            loop {
                let mut changed = false;
                for step in part.clone().rev() {
                    if !here[step] && self.holds(step, units, at, after, here) {
                        here[step] = true;
                        changed = true;
                    }
                }
                if !changed {
                    break;
                }
            }
        }
    }

    fn holds(&self, step: usize, units: &[u16], at: usize, after: &[bool], here: &[bool]) -> bool {
        match &self.steps[step] {
            Step::Match => true,
            Step::Set(class) => units
                .get(at)
                .is_some_and(|unit| after[step + 1] && class.holds(*unit)),
            Step::Split(one, other) => here[*one] || here[*other],
            Step::Jump(to) => here[*to],
            Step::Look { start, negated } => here[step + 1] && here[*start] != *negated,
            Step::Start => at == 0 && here[step + 1],
            Step::End => at == units.len() && here[step + 1],
            Step::WordEdge { negated } => here[step + 1] && (word_edge(units, at) != *negated),
        }
    }
}

/// Whether a part can match before the end of the text.
fn ends_early(steps: &[Step]) -> bool {
    !matches!(steps, [.., Step::End, Step::Match])
}

fn word_edge(units: &[u16], at: usize) -> bool {
    let word = |unit: Option<&u16>| {
        unit.is_some_and(|unit| {
            u8::try_from(*unit).is_ok_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
    };
    word(at.checked_sub(1).and_then(|before| units.get(before))) != word(units.get(at))
}
