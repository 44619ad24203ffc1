/** Style sheets are imported for the bundler, which writes one beside each script. */
declare module "*.css";
