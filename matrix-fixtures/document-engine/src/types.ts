export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

export type Data = { [key: string]: Value };

export interface FrontMatter {
  title: string;
  lang: string;
}

export interface Document {
  title: string;
  html: string;
}
