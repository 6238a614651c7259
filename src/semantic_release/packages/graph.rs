//! Dependencies before those that need them.

use std::collections::{BTreeMap, BTreeSet};

use super::model::Package;

/// The packages in order: dependencies first, else by name, the same each time. Peer and development dependencies are obeyed
/// as far as they close no cycle.
///
/// # Errors
/// The names of each cycle, in the order of the dependencies.
pub fn order(packages: Vec<Package>) -> Result<Vec<Package>, Vec<Vec<String>>> {
    let mut waiting: BTreeMap<String, Package> = packages
        .into_iter()
        .map(|package| (package.name.clone(), package))
        .collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let waits = |package: &Package, firm_only: bool| {
            package.dependencies.iter().any(|dependency| {
                (dependency.kind.is_firm() || (!firm_only && dependency.on != package.name))
                    && waiting.contains_key(&dependency.on)
            })
        };
        let ready = waiting
            .values()
            .find(|package| !waits(package, false))
            .or_else(|| waiting.values().find(|package| !waits(package, true)))
            .map(|package| package.name.clone());
        let Some(package) = ready.and_then(|name| waiting.remove(&name)) else {
            return Err(cycles(&waiting));
        };
        ordered.push(package);
    }
    Ok(ordered)
}

/// Each cycle once. All that is left waits for a cycle, so following the first firm dependency ends in one.
fn cycles(waiting: &BTreeMap<String, Package>) -> Vec<Vec<String>> {
    let mut cycles = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for start in waiting.keys() {
        let mut way: Vec<&str> = Vec::new();
        let mut here = Some(start.as_str());
        while let Some(name) = here {
            if let Some(at) = way.iter().position(|&before| before == name) {
                cycles.push(way[at..].iter().map(|&name| name.to_owned()).collect());
                break;
            }
            if !seen.insert(name) {
                break;
            }
            way.push(name);
            here = waiting[name]
                .dependencies
                .iter()
                .find(|dependency| dependency.kind.is_firm() && waiting.contains_key(&dependency.on))
                .map(|dependency| dependency.on.as_str());
        }
    }
    cycles
}
