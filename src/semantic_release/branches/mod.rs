//! Which branches release what: channels, ranges, the last and the next version, by the rules of Node `semantic-release`.
