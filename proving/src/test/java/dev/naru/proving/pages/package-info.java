/** Follows pages of documentation as a new user does: types what they say, sees what they show. */
package dev.naru.proving.pages;
