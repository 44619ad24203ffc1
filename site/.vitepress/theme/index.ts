/** VitePress's own theme in the colours of the icon. */
import theme from "vitepress/theme";
import "./style.css";

export default theme;
