package org.quorate.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotEmpty;
import org.apache.zookeeper.common.PathUtils;

class NodeNameTest {
    @Property
    void every_name_is_one_element_of_a_path_and_comes_back(@ForAll @NotEmpty String name) {
        Assume.that(StandardCharsets.UTF_8.newEncoder().canEncode(name));

        String node = NodeName.encode(name);

        assertThat(node).doesNotContain("/");
        PathUtils.validatePath("/" + node);
        assertThat(NodeName.decode(node)).contains(name);
    }

    @Property
    void a_text_that_is_not_the_encoding_of_a_name_decodes_to_no_name(@ForAll String node) {
        NodeName.decode(node)
                .ifPresent(name -> assertThat(NodeName.encode(name)).isEqualTo(node));
    }

    @Example
    void plain_names_stay_readable_as_names_of_nodes() {
        assertThat(NodeName.encode("master-1.example.com_2")).isEqualTo("master-1.example.com_2");
        assertThat(NodeName.encode("a/b ä")).isEqualTo("a%2Fb%20%C3%A4");
        assertThat(NodeName.encode("..")).isEqualTo("%2E.");
    }

    @Example
    void spoiled_encodings_are_refused() {
        assertThat(NodeName.decode("")).isEmpty();
        assertThat(NodeName.decode("%")).isEmpty();
        assertThat(NodeName.decode("%2")).isEmpty();
        assertThat(NodeName.decode("%zz")).isEmpty();
        assertThat(NodeName.decode("%2f")).isEmpty();
        assertThat(NodeName.decode("%41")).isEmpty();
        assertThat(NodeName.decode("%FF")).isEmpty();
        assertThat(NodeName.decode("a b")).isEmpty();
    }

    @Example
    void a_name_must_be_text_and_not_empty() {
        assertThatThrownBy(() -> NodeName.encode("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> NodeName.encode("\ud800")).isInstanceOf(IllegalArgumentException.class);
    }
}
