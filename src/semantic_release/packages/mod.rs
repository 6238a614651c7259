//! One package or a monorepo: manifests, internal dependencies, version fields.
