package org.quorate.cli.schema;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code quorate schema}, the parent of the commands for the schema. */
@Command(
        name = "schema",
        description = "Create, adopt, update or remove Quorate's schema, and say which stores are the cluster's.")
public final class SchemaCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "a subcommand is missing: quorate schema adopt, create, leave, new-identity, pair or status");
    }
}
