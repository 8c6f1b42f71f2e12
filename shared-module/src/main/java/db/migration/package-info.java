/// Migrations that are code; the others are SQL files beside the classes' folder. Flyway fixes the name of the
/// package.
@NullMarked
package db.migration;

import org.jspecify.annotations.NullMarked;
