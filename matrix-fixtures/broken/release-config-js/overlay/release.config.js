export default {
  branches: ["master"],
  plugins: ["@semantic-release/commit-analyzer", "@semantic-release/npm"],
};
