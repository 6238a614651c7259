const isMaster = process.env.GITHUB_REF === "refs/heads/master";

module.exports = {
  branches: ["master"],
  plugins: [
    "@semantic-release/commit-analyzer",
    "@semantic-release/release-notes-generator",
    ...(isMaster ? ["@semantic-release/npm"] : []),
  ],
};
